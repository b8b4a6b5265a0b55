/** The parts of a Matroska stream that ingest looks into, each read from its whole bytes. */
import {
  DEFAULT_TIMECODE_SCALE,
  ID,
  blockHeadAt,
  children,
  elementAt,
  idAt,
  readTracks,
  sizeAt,
  timecodeScaleOf,
  unsignedOf,
  type Element,
  type SourceTrack,
} from '../media';
import { IngestError } from './ingest-error';

/** Everything before the first Cluster of a Segment. */
export interface Header {
  /** The EBML element. */
  readonly ebml: Buffer;
  /** The Segment's children, in their order, without indexes and attachments. */
  readonly children: readonly { readonly id: number; readonly bytes: Buffer }[];
  readonly tracks: readonly SourceTrack[];
  /** ns per tick. */
  readonly timecodeScale: number;
}

/** A SimpleBlock or BlockGroup. */
export interface Block {
  /** The whole element. Valid until the call returns: a part of what was pushed. */
  readonly bytes: Buffer;
  readonly track: number;
  /** Relative to its Cluster's Timecode. */
  readonly ticks: number;
  /** Offset in `bytes` of those ticks: two bytes, signed. */
  readonly ticksAt: number;
  /** The container's own flag; see frame-kind.ts. */
  readonly keyframe: boolean;
  /** The block's content after its head; valid as long as `bytes`. */
  readonly frame: Buffer;
  readonly laced: boolean;
}

/** An element's id and size. */
export interface ElementHead {
  readonly id: number;
  /** Undefined: unknown. */
  readonly size: number | undefined;
  /** Length of id and size together. */
  readonly length: number;
}

/** Reads the head of the element at `offset`; undefined if more bytes are needed. @throws {IngestError} 4006 */
export function headAt(all: Buffer, offset: number, atTop: boolean): ElementHead | undefined {
  const id = idAt(all, offset, all.length);
  if (id === 'invalid') {
    throw new IngestError(
      4006,
      atTop ? notMatroska(all.subarray(offset)) : 'No element begins where one has to.',
    );
  }
  if (id === 'incomplete') {
    return undefined;
  }
  if (atTop && id.id !== ID.EBML && id.id !== ID.Segment && id.id !== ID.Void) {
    throw new IngestError(4006, notMatroska(all.subarray(offset)));
  }
  const size = sizeAt(all, offset + id.length, all.length);
  if (size === 'invalid') {
    throw new IngestError(4006, `The size of element 0x${id.id.toString(16)} cannot be read.`);
  }
  return size === 'incomplete' ? undefined : { id: id.id, size: size.size, length: id.length + size.length };
}

function notMatroska(bytes: Buffer): string {
  return bytes.toString('latin1', 4, 8) === 'ftyp'
    ? 'This is MP4, not Matroska: let ffmpeg rewrap it (ffmpeg -i FILE -c copy -f matroska -).'
    : 'It does not begin with an EBML header, so it is neither Matroska nor WebM.';
}

/** @throws {IngestError} 4006 */
export function headerOf(
  ebml: Buffer,
  before: readonly { readonly id: number; readonly bytes: Buffer }[],
): Header {
  const info = before.find(({ id }) => id === ID.Info)?.bytes;
  const tracks = before.find(({ id }) => id === ID.Tracks)?.bytes;
  const master = tracks && elementAt(tracks, 0, tracks.length);
  if (tracks === undefined || master === undefined) {
    throw new IngestError(4006, 'There is no Tracks element before the first Cluster.');
  }
  return { ebml, children: before, tracks: readTracks(tracks, master), timecodeScale: scaleOf(info) };
}

function scaleOf(info: Buffer | undefined): number {
  const master = info && elementAt(info, 0, info.length);
  const scale = (info && master && timecodeScaleOf(info, master)) ?? DEFAULT_TIMECODE_SCALE;
  if (!(scale >= 1 && scale <= 1e9)) {
    throw new IngestError(4006, `A TimecodeScale of ${scale} ns is not from 1 ns to 1 s.`);
  }
  return scale;
}

/** A Cluster's time. @throws {IngestError} 4007 */
export function ticksOf(bytes: Buffer, head: number): number {
  const ticks = bytes.length - head > 8 ? NaN : unsignedOf(bytes, whole(bytes, head));
  if (!Number.isSafeInteger(ticks)) {
    throw new IngestError(4007, "A Cluster's Timecode is too large.");
  }
  return ticks;
}

function whole(bytes: Buffer, head: number): Element {
  return { id: 0, start: 0, data: head, end: bytes.length, unknownSize: false };
}

/** @throws {IngestError} 4006 */
export function blockOf(id: number, bytes: Buffer, head: number): Block {
  const all = whole(bytes, head);
  const parts = id === ID.BlockGroup ? [...children(bytes, all)] : undefined;
  const block = parts === undefined ? all : parts.find((part) => part.id === ID.Block);
  const read = block && blockHeadAt(bytes, block.data, block.end);
  if (block === undefined || read === undefined) {
    throw new IngestError(4006, 'A block is too short to be one.');
  }
  return {
    bytes,
    track: read.track,
    ticks: read.ticks,
    ticksAt: read.ticksAt,
    keyframe: parts === undefined ? read.keyframe : !parts.some((part) => part.id === ID.ReferenceBlock),
    frame: bytes.subarray(read.frameAt, block.end),
    laced: read.laced,
  };
}
