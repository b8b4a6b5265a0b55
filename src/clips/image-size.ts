/** Reads the size of a JPEG or PNG picture from its bytes. */

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
/** Of IHDR, which is the first chunk (ISO 15948, section 11.2.2). */
const PNG_WIDTH_AT = 16;
/** Start of image (ITU T.81, table B.1). */
const JPEG = Buffer.from('ffd8', 'hex');
/** C0 to CF begin a frame, however it is coded, but for those of tables and of arithmetic coding (table B.1). */
const NO_FRAMES: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);

/** Undefined for what is neither, or has no pixels. */
export function imageSize(bytes: Buffer): ImageSize | undefined {
  const size = startsWith(bytes, PNG)
    ? pngSize(bytes)
    : startsWith(bytes, JPEG)
      ? jpegSize(bytes)
      : undefined;
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}

function pngSize(bytes: Buffer): ImageSize | undefined {
  return bytes.length < PNG_WIDTH_AT + 8
    ? undefined
    : { width: bytes.readUInt32BE(PNG_WIDTH_AT), height: bytes.readUInt32BE(PNG_WIDTH_AT + 4) };
}

function jpegSize(bytes: Buffer): ImageSize | undefined {
  for (let at = JPEG.length; at + 9 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.has(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
