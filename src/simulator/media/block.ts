/** Reads the head of a SimpleBlock or Block: track, time, flags (RFC 9559, 10.1 and 10.2). */
import { vintLength, vintValue } from './ebml-reader';

export interface BlockHead {
  readonly track: number;
  /** Relative to the Cluster's Timecode. */
  readonly ticks: number;
  /** Offset of those ticks: two bytes, signed. */
  readonly ticksAt: number;
  /** The flag that a SimpleBlock has and a Block has not. */
  readonly keyframe: boolean;
  /** The block holds several frames. */
  readonly laced: boolean;
  /** Offset of the content after the head. */
  readonly frameAt: number;
}

const KEYFRAME = 0x80;
const LACING = 0x06;

/** Reads the head of the block whose content lies between two offsets; undefined if it is not all there. */
export function blockHeadAt(bytes: Buffer, data: number, end: number): BlockHead | undefined {
  const trackLength = vintLength(bytes[data], 8);
  if (trackLength === undefined || data + trackLength + 3 > end || end > bytes.length) {
    return undefined;
  }
  const ticksAt = data + trackLength;
  const flags = bytes.readUInt8(ticksAt + 2);
  return {
    track: vintValue(bytes, data, trackLength) ?? 0,
    ticks: bytes.readInt16BE(ticksAt),
    ticksAt,
    keyframe: (flags & KEYFRAME) !== 0,
    laced: (flags & LACING) !== 0,
    frameAt: ticksAt + 3,
  };
}
