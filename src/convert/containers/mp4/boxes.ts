/** Writes ISO base media boxes (ISO/IEC 14496-12, section 4.2): headers only, never media. */

type Part = Buffer | readonly number[] | string;

function bytesOf(part: Part): Buffer {
  return typeof part === 'string'
    ? Buffer.from(part, 'latin1')
    : Buffer.isBuffer(part)
      ? part
      : Buffer.from(part);
}

export function box(type: string, ...parts: readonly Part[]): Buffer {
  const contents = parts.map(bytesOf);
  return Buffer.concat([
    u32(8 + contents.reduce((sum, { length }) => sum + length, 0)),
    Buffer.from(type, 'latin1'),
    ...contents,
  ]);
}

export function fullBox(type: string, version: number, flags: number, ...parts: readonly Part[]): Buffer {
  return box(type, u32(version * 0x1000000 + flags), ...parts);
}

export function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16BE(value, i * 2));
  return bytes;
}

export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4));
  return bytes;
}

export function u64(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 8);
  values.forEach((value, i) => bytes.writeBigUInt64BE(BigInt(value), i * 8));
  return bytes;
}
