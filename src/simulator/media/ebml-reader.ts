/**
 * EBML reading for whole files in memory (RFC 8794): element heads and their children. Written apart from the
 * engine's reader on purpose, so that a mistake in one does not hide in the other.
 */

/** Element ids (with their length marker) that the simulator has to know by name. */
export const ID = {
  EBML: 0x1a45dfa3,
  Segment: 0x18538067,
  SeekHead: 0x114d9b74,
  Void: 0xec,
  Info: 0x1549a966,
  SegmentUID: 0x73a4,
  TimecodeScale: 0x2ad7b1,
  Duration: 0x4489,
  Title: 0x7ba9,
  MuxingApp: 0x4d80,
  WritingApp: 0x5741,
  Tracks: 0x1654ae6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  TrackType: 0x83,
  CodecID: 0x86,
  CodecPrivate: 0x63a2,
  ContentEncodings: 0x6d80,
  Name: 0x536e,
  Cues: 0x1c53bb6b,
  Attachments: 0x1941a469,
  Chapters: 0x1043a770,
  Tags: 0x1254c367,
  Tag: 0x7373,
  SimpleTag: 0x67c8,
  TagName: 0x45a3,
  TagString: 0x4487,
  Cluster: 0x1f43b675,
  Timecode: 0xe7,
  Position: 0xa7,
  SimpleBlock: 0xa3,
  BlockGroup: 0xa0,
  Block: 0xa1,
  BlockDuration: 0x9b,
  ReferenceBlock: 0xfb,
} as const;

/** Ids that end a Cluster or a Segment of unknown size: they stand one level above its children. */
const SEGMENT_CHILDREN: ReadonlySet<number> = new Set([
  ID.SeekHead,
  ID.Info,
  ID.Tracks,
  ID.Cues,
  ID.Attachments,
  ID.Chapters,
  ID.Tags,
  ID.Cluster,
]);

export interface Element {
  readonly id: number;
  /** Offset of the id's first byte. */
  readonly start: number;
  /** Offset of the content's first byte. */
  readonly data: number;
  /** Offset behind the content's last byte; past the end of the bytes where the file is cut. */
  readonly end: number;
  /** The size was written as unknown; `end` was found by what follows. */
  readonly unknownSize: boolean;
}

/** Reads the element at `offset`, or undefined where there is none: rubbish, or too few bytes for a head. */
export function elementAt(bytes: Buffer, offset: number, limit: number): Element | undefined {
  const idLength = vintLength(bytes[offset], 4);
  if (idLength === undefined || offset + idLength >= limit) {
    return undefined;
  }
  const sizeAt = offset + idLength;
  const sizeLength = vintLength(bytes[sizeAt], 8);
  if (sizeLength === undefined || sizeAt + sizeLength > limit) {
    return undefined;
  }
  const id = bytes.readUIntBE(offset, idLength);
  const data = sizeAt + sizeLength;
  const size = vintValue(bytes, sizeAt, sizeLength);
  return size === undefined
    ? { id, start: offset, data, end: endOfUnknown(bytes, id, data, limit), unknownSize: true }
    : { id, start: offset, data, end: data + size, unknownSize: false };
}

/** The elements between two offsets, in order, up to the first that cannot be read. */
export function* elements(bytes: Buffer, start: number, end: number): Generator<Element> {
  for (let offset = start; offset < end;) {
    const element = elementAt(bytes, offset, end);
    if (element === undefined) {
      return;
    }
    yield element;
    offset = element.end;
  }
}

export function children(bytes: Buffer, parent: Element): Generator<Element> {
  return elements(bytes, parent.data, Math.min(parent.end, bytes.length));
}

export function content(bytes: Buffer, element: Element): Buffer {
  return bytes.subarray(element.data, element.end);
}

/** An unsigned integer element's value; exact up to 2^53. */
export function unsignedOf(bytes: Buffer, element: Element): number {
  let value = 0;
  for (const byte of content(bytes, element)) {
    value = value * 256 + byte;
  }
  return value;
}

/** A string element's value, up to its first NUL. */
export function textOf(bytes: Buffer, element: Element): string {
  const text = content(bytes, element).toString('utf8');
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** Length of the variable-length number that begins with this byte, or undefined where it is longer than `most`. */
export function vintLength(first: number | undefined, most: number): number | undefined {
  const length = first === undefined ? 9 : Math.clz32(first) - 23;
  return length <= most ? length : undefined;
}

/** The value of a size, or undefined for the reserved "unknown" (all value bits set). */
export function vintValue(bytes: Buffer, offset: number, length: number): number | undefined {
  const mask = 0xff >> length;
  let value = bytes.readUInt8(offset) & mask;
  let unknown = value === mask;
  for (let index = offset + 1; index < offset + length; index++) {
    const byte = bytes.readUInt8(index);
    value = value * 256 + byte;
    unknown &&= byte === 0xff;
  }
  return unknown ? undefined : value;
}

function endOfUnknown(bytes: Buffer, id: number, data: number, limit: number): number {
  for (let offset = data; offset < limit;) {
    const element = elementAt(bytes, offset, limit);
    if (element === undefined) {
      return limit;
    }
    const ends =
      element.id === ID.EBML ||
      element.id === ID.Segment ||
      (id === ID.Cluster && SEGMENT_CHILDREN.has(element.id));
    if (ends) {
      return element.start;
    }
    offset = element.end;
  }
  return limit;
}
