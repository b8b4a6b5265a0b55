/** Boxes of ISO BMFF (ISO/IEC 14496-12), as far as the simulator writes them. */

export function box(type: string, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(length), Buffer.from(type, 'latin1'), ...content]);
}

export function fullBox(type: string, version: number, flags: number, ...content: readonly Buffer[]): Buffer {
  return box(type, u32(version * 2 ** 24 + flags), ...content);
}

export function u16(...values: readonly number[]): Buffer {
  return numbers(values, 2, (bytes, value, at) => bytes.writeUInt16BE(value, at));
}

export function u32(...values: readonly number[]): Buffer {
  return numbers(values, 4, (bytes, value, at) => bytes.writeUInt32BE(value, at));
}

export function i32(value: number): Buffer {
  return numbers([value], 4, (bytes, number, at) => bytes.writeInt32BE(number, at));
}

export function u64(value: number): Buffer {
  return u32(Math.floor(value / 2 ** 32), value % 2 ** 32);
}

function numbers(
  values: readonly number[],
  width: number,
  write: (bytes: Buffer, value: number, at: number) => void,
): Buffer {
  const bytes = Buffer.alloc(width * values.length);
  values.forEach((value, index) => {
    write(bytes, value, index * width);
  });
  return bytes;
}
