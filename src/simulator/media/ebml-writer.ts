/** EBML writing: the few forms that the service and its producers use (facts measured on recorded responses). */
import { ID } from './element-ids';

/** The 8-byte "unknown" size: what the service writes for every Segment. */
export const UNKNOWN_SIZE_8 = Buffer.from('01ffffffffffffff', 'hex');
/** The 1-byte "unknown" size: what the AWS producer SDK writes for a Cluster. */
export const UNKNOWN_SIZE_1 = Buffer.from('ff', 'hex');

export function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(id > 0xffffff ? 0 : id > 0xffff ? 1 : id > 0xff ? 2 : 3);
}

/** A size as a variable-length number of `length` bytes, or of as few as it takes. */
export function size(value: number, length?: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  const width = length ?? fewest(value);
  const vint = bytes.subarray(8 - width);
  vint.writeUInt8(vint.readUInt8(0) | (0x80 >> (width - 1)), 0);
  return vint;
}

export function element(id: number, content: Buffer, sizeLength?: number): Buffer {
  return Buffer.concat([idBytes(id), size(content.length, sizeLength), content]);
}

/** An unsigned integer element; `width` bytes of content, or as few as it takes. */
export function unsigned(id: number, value: number, width?: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return element(id, bytes.subarray(width === undefined ? (zeros < 0 ? 7 : zeros) : 8 - width));
}

/** A string element, padded with NULs to `width` bytes if that is given, as the AWS producer SDK does. */
export function text(id: number, value: string, width?: number): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return element(id, width === undefined ? bytes : Buffer.concat([bytes, Buffer.alloc(width)], width));
}

/** The EBML element of a Matroska file. */
export function ebmlHeader(): Buffer {
  return element(
    ID.EBML,
    Buffer.concat([
      unsigned(ID.EBMLVersion, 1),
      unsigned(ID.EBMLReadVersion, 1),
      unsigned(ID.EBMLMaxIDLength, 4),
      unsigned(ID.EBMLMaxSizeLength, 8),
      text(ID.DocType, 'matroska'),
      unsigned(ID.DocTypeVersion, 2),
      unsigned(ID.DocTypeReadVersion, 2),
    ]),
  );
}

/** `Tags > Tag > SimpleTag…` with every size `sizeLength` bytes wide: 4 in the service's own, 8 in the SDK's. */
export function tags(pairs: readonly (readonly [name: string, value: string])[], sizeLength: 4 | 8): Buffer {
  const simple = pairs.map(([name, value]) =>
    element(
      ID.SimpleTag,
      Buffer.concat([
        element(ID.TagName, Buffer.from(name, 'utf8'), sizeLength),
        element(ID.TagString, Buffer.from(value, 'utf8'), sizeLength),
      ]),
      sizeLength,
    ),
  );
  return element(ID.Tags, element(ID.Tag, Buffer.concat(simple), sizeLength), sizeLength);
}

/** An all-ones number is reserved for "unknown", so a width holds one value less than its bits would. */
function fewest(value: number): number {
  for (let width = 1; width < 8; width++) {
    if (value < 2 ** (7 * width) - 1) {
      return width;
    }
  }
  return 8;
}
