/** Makes chunks as GetMedia sends them, with faults on request. */
import { composeFragmentNumber } from '../src/simulator/streams/fragment-number';
import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  VIDEO_TRACK,
  element,
  simpleBlock,
  tags,
  uint,
} from './matroska-writer';

export interface MadeChunk {
  /** Counts up by one within a producer's session. */
  readonly sequence: number;
  /** Service's time, ms since the epoch. */
  readonly at: number;
  /** Times of the frames in ms from the chunk's beginning; the last frame has no length. */
  readonly frames?: readonly number[];
  /** Size of each. */
  readonly frameBytes?: number;
  /** MILLIS_BEHIND_NOW. */
  readonly behindMs?: number;
  readonly hasNumber?: boolean;
  readonly hasCluster?: boolean;
  readonly hasTail?: boolean;
  /** Value of AWS_KINESISVIDEO_ERROR_ID in tags of their own, before or after the media. */
  readonly errorBefore?: number;
  readonly errorAfter?: number;
}

export function numberOf({ sequence, at }: Pick<MadeChunk, 'sequence' | 'at'>): string {
  return composeFragmentNumber({ sequence, serverTimestamp: at }, () => 0);
}

/** A chunk as GetMedia sends it, but for what is asked to be odd about it. */
export function makeChunk(chunk: MadeChunk): Buffer {
  const {
    at,
    frames = [0, 1_000],
    frameBytes = 5,
    hasNumber = true,
    hasCluster = true,
    hasTail = true,
  } = chunk;
  const FragmentNumber = numberOf(chunk);
  const seconds = (at / 1_000).toFixed(3);
  const frame = 'frame'.padEnd(frameBytes);
  return Buffer.concat([
    EBML_HEADER,
    UNKNOWN_SEGMENT,
    element(ID.Tracks, VIDEO_TRACK),
    errorTags(chunk.errorBefore),
    tags(
      ...(hasNumber ? [['AWS_KINESISVIDEO_FRAGMENT_NUMBER', FragmentNumber] as const] : []),
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', seconds],
      ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', seconds],
    ),
    hasCluster
      ? element(
          ID.Cluster,
          uint(ID.Timestamp, 0),
          ...frames.map((time, i) => simpleBlock(1, time, i === 0 ? KEYFRAME : 0, frame)),
        )
      : Buffer.alloc(0),
    errorTags(chunk.errorAfter),
    hasTail
      ? tags(
          ['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', String(chunk.behindMs ?? 250)],
          ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', FragmentNumber],
        )
      : Buffer.alloc(0),
  ]);
}

function errorTags(id: number | undefined): Buffer {
  return id === undefined
    ? Buffer.alloc(0)
    : tags(['AWS_KINESISVIDEO_ERROR_ID', String(id)], ['AWS_KINESISVIDEO_ERROR_CODE', 'The service failed.']);
}
