/** Writes EBML elements (RFC 8794): headers and small values only, never media. */
export const UNKNOWN_SIZE = Buffer.from('01ffffffffffffff', 'hex');

/** Bytes that a signed integer takes here, whatever its value. */
export const INT_BYTES = 6;
/** Bytes of the id and the size field of a small element whose id has one byte. */
export const SMALL_HEADER_BYTES = 2;

export function idBytes(id: number): Buffer {
  const hex = id.toString(16);
  return Buffer.from(hex, 'hex');
}

/** How many bytes a size or a track number takes; all ones is reserved. */
export function vintBytes(value: number): number {
  let length = 1;
  for (let values = 0x80; value >= values - 1; values *= 0x80) {
    length += 1;
  }
  return length;
}

/** Gives the position after it. */
export function writeVint(target: Buffer, at: number, value: number, length = vintBytes(value)): number {
  target.writeUIntBE(value, at, Math.min(length, 6));
  target[at] = (target[at] ?? 0) | (0x80 >> (length - 1));
  return at + length;
}

/** How many bytes the value of an unsigned integer takes. */
export function uintBytes(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x100; rest = Math.floor(rest / 0x100)) {
    length += 1;
  }
  return length;
}

/** Writes an unsigned integer with an id of one byte; gives the position after it. */
export function writeUint(target: Buffer, at: number, id: number, value: number): number {
  const length = uintBytes(value);
  const content = writeVint(target, target.writeUInt8(id, at), length);
  return target.writeUIntBE(value, content, length);
}

/** Writes a signed integer of `INT_BYTES` with an id of one byte; gives the position after it. */
export function writeInt(target: Buffer, at: number, id: number, value: number): number {
  const content = writeVint(target, target.writeUInt8(id, at), INT_BYTES);
  return target.writeIntBE(value, content, INT_BYTES);
}

export function element(id: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = Buffer.alloc(vintBytes(content.length));
  writeVint(size, 0, content.length);
  return Buffer.concat([idBytes(id), size, content]);
}

export function uint(id: number, value: number): Buffer {
  const hex = value.toString(16);
  return element(id, Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

export function float(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(id, bytes);
}

export function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value, 'utf8'));
}
