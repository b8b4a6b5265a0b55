/**
 * EBML primitives for reading (RFC 8794): ids, sizes, elements and values. The demuxer and the ingest splitter are
 * built on them. Written apart from the engine's reader on purpose, so that a mistake in one does not hide in the other.
 */
import { ID, SEGMENT_CHILDREN } from './element-ids';

export interface Element {
  readonly id: number;
  /** Offset of the id's first byte. */
  readonly start: number;
  /** Offset of the content's first byte. */
  readonly data: number;
  /** Offset after the content's last byte; past the end of the bytes if the file is cut. */
  readonly end: number;
  /** The size was written as unknown; `end` was found by what follows. */
  readonly unknownSize: boolean;
}

/** Why an id or a size cannot be read: its bytes have not all come, or they cannot be one. */
export type Unreadable = 'incomplete' | 'invalid';

export interface ElementId {
  readonly id: number;
  readonly length: number;
}

export interface ElementSize {
  /** Undefined: unknown (all value bits set). */
  readonly size: number | undefined;
  readonly length: number;
}

/** Reads the id at `offset`. At least one byte of a size has to follow it before `limit`. */
export function idAt(bytes: Buffer, offset: number, limit: number): ElementId | Unreadable {
  const length = vintLength(bytes[offset], 4);
  if (length === undefined) {
    return offset < limit ? 'invalid' : 'incomplete';
  }
  return offset + length < limit ? { id: bytes.readUIntBE(offset, length), length } : 'incomplete';
}

/** Reads the size at `offset`. */
export function sizeAt(bytes: Buffer, offset: number, limit: number): ElementSize | Unreadable {
  const length = vintLength(bytes[offset], 8);
  if (length === undefined) {
    return offset < limit ? 'invalid' : 'incomplete';
  }
  return offset + length <= limit ? { size: vintValue(bytes, offset, length), length } : 'incomplete';
}

/** Reads the element at `offset`; undefined if its id or size cannot be read. */
export function elementAt(bytes: Buffer, offset: number, limit: number): Element | undefined {
  const id = idAt(bytes, offset, limit);
  if (typeof id === 'string') {
    return undefined;
  }
  const size = sizeAt(bytes, offset + id.length, limit);
  if (typeof size === 'string') {
    return undefined;
  }
  const data = offset + id.length + size.length;
  const unknownSize = size.size === undefined;
  const end = size.size === undefined ? endOfUnknown(bytes, id.id, data, limit) : data + size.size;
  return { id: id.id, start: offset, data, end, unknownSize };
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

/** The first child with this id. */
export function childOf(bytes: Buffer, parent: Element, id: number): Element | undefined {
  for (const child of children(bytes, parent)) {
    if (child.id === id) {
      return child;
    }
  }
  return undefined;
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

/** Length of the variable-length number that begins with this byte; undefined if it is longer than `most`. */
export function vintLength(first: number | undefined, most: number): number | undefined {
  const length = first === undefined ? 9 : Math.clz32(first) - 23;
  return length <= most ? length : undefined;
}

/** The value of a variable-length number; undefined for the reserved "unknown" (all value bits set). */
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
