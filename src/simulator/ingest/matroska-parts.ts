/** The parts of a Matroska stream that ingest looks into, each read from its whole bytes. */
import {
  ID,
  children,
  elementAt,
  unsignedOf,
  vintLength,
  vintValue,
  type Element,
} from '../media/ebml-reader';
import type { SourceTrack } from '../media/demuxer';
import { LACING, readTracks } from '../media/demuxer';
import { IngestError } from './ingest-error';

/** Everything before the first Cluster of a Segment. */
export interface Header {
  /** The EBML element. */
  readonly ebml: Buffer;
  /** The Segment's children, in their order, but for indexes and attachments. */
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
  /** Where in `bytes` those ticks stand: two bytes, signed. */
  readonly ticksAt: number;
  /** The container's own flag; see key-frames.ts. */
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
  /** Of id and size together. */
  readonly length: number;
}

export function headAt(all: Buffer, offset: number, atTop: boolean): ElementHead | undefined {
  const idLength = vintLength(all[offset], 4);
  if (idLength === undefined) {
    throw new IngestError(
      4006,
      atTop ? notMatroska(all.subarray(offset)) : 'No element begins where one has to.',
    );
  }
  if (offset + idLength >= all.length) {
    return undefined;
  }
  const id = all.readUIntBE(offset, idLength);
  if (atTop && id !== ID.EBML && id !== ID.Segment && id !== ID.Void) {
    throw new IngestError(4006, notMatroska(all.subarray(offset)));
  }
  const sizeLength = vintLength(all[offset + idLength], 8);
  if (sizeLength === undefined) {
    throw new IngestError(4006, `The size of element 0x${id.toString(16)} cannot be read.`);
  }
  const length = idLength + sizeLength;
  if (offset + length > all.length) {
    return undefined;
  }
  const size = vintValue(all, offset + idLength, sizeLength);
  return { id, size, length };
}

function notMatroska(bytes: Buffer): string {
  return bytes.toString('latin1', 4, 8) === 'ftyp'
    ? 'This is MP4, not Matroska: let ffmpeg rewrap it (ffmpeg -i FILE -c copy -f matroska -).'
    : 'It does not begin with an EBML header, so it is neither Matroska nor WebM.';
}

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
  for (const item of info === undefined || master === undefined ? [] : children(info, master)) {
    if (item.id === ID.TimecodeScale && info !== undefined) {
      const scale = unsignedOf(info, item);
      if (!(scale >= 1 && scale <= 1e9)) {
        throw new IngestError(4006, `A TimecodeScale of ${scale} ns is not from 1 ns to 1 s.`);
      }
      return scale;
    }
  }
  return 1_000_000;
}

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

export function blockOf(id: number, bytes: Buffer, head: number): Block {
  let at: Element | undefined = whole(bytes, head);
  let keyframe = true;
  if (id === ID.BlockGroup) {
    const parts = [...children(bytes, at)];
    at = parts.find((part) => part.id === ID.Block);
    keyframe = !parts.some((part) => part.id === ID.ReferenceBlock);
  }
  const trackLength = at === undefined ? undefined : vintLength(bytes[at.data], 8);
  if (
    at === undefined ||
    trackLength === undefined ||
    at.data + trackLength + 3 > at.end ||
    at.end > bytes.length
  ) {
    throw new IngestError(4006, 'A block is too short to be one.');
  }
  const ticksAt = at.data + trackLength;
  const flags = bytes.readUInt8(ticksAt + 2);
  return {
    bytes,
    track: vintValue(bytes, at.data, trackLength) ?? 0,
    ticks: bytes.readInt16BE(ticksAt),
    ticksAt,
    keyframe: id === ID.SimpleBlock ? (flags & 0x80) !== 0 : keyframe,
    frame: bytes.subarray(ticksAt + 3, at.end),
    laced: (flags & LACING) !== 0,
  };
}
