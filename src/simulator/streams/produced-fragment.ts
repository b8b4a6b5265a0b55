/** Makes a fragment of a producer's media: header, service's tags and Cluster as its kind of producer has them. */
import {
  clusterHead,
  frontTags,
  isFileLike,
  tailTags,
  withDuration,
  type Piece,
  type Playable,
} from '../media';
import type { FragmentInit } from './fragment';

export interface Production {
  readonly playable: Playable;
  readonly piece: Piece;
  readonly FragmentNumber: string;
  /** ms since the epoch. */
  readonly ServerTimestamp: number;
  readonly ProducerTimestamp: number;
  /** Media before it in its producer session, ms. */
  readonly elapsedMs: number;
  /** The producer's own tags; empty: none. */
  readonly customTags: Buffer;
}

export function producedFragment(production: Production): FragmentInit {
  const { playable, piece, customTags, elapsedMs } = production;
  const { FragmentNumber, ServerTimestamp, ProducerTimestamp } = production;
  const { profile, duration } = playable;
  const { body, durationMs } = piece;
  const timecode = isFileLike(profile) ? elapsedMs : ProducerTimestamp;
  // The SDK writes the tags it has at a session's start after the Segment's head; later ones follow a Cluster.
  const isSessionStart = elapsedMs === 0 && customTags.length > 0;
  const leadingTags = profile === 'amazon-connect' || isSessionStart ? customTags.length : 0;
  const head = () => clusterHead(profile, timecode, body.length);
  const lead = () => {
    const header = withDuration(playable.header, duration, durationMs);
    return profile === 'amazon-connect'
      ? Buffer.concat([header, customTags])
      : isSessionStart
        ? insertTags(header, customTags)
        : header;
  };
  return {
    ...{ FragmentNumber, ServerTimestamp, ProducerTimestamp, durationMs, body },
    // Made for each response that sends it: hundreds of streams retain very many fragments.
    front: () =>
      Buffer.concat([lead(), frontTags(FragmentNumber, ServerTimestamp, ProducerTimestamp), head()]),
    producedFrontLength: playable.header.length + leadingTags + head().length,
    available: 0,
    trailer: () => customTags,
    closing: (millisBehindNow) => tailTags(millisBehindNow, FragmentNumber),
    owned: false,
    pinned: false,
  };
}

/** Inserts tags after the Segment's head, which is the header's first 12 bytes after the EBML element. */
function insertTags(header: Buffer, inserted: Buffer): Buffer {
  const segment = header.indexOf(SEGMENT_HEAD) + SEGMENT_HEAD.length;
  return Buffer.concat([header.subarray(0, segment), inserted, header.subarray(segment)]);
}

const SEGMENT_HEAD = Buffer.from('1853806701ffffffffffffff', 'hex');
