/** A fragment as the archive keeps it: listed, and read without the closing tags that a live response has. */
import { frameSpanMs, frontTags, startOfClosingTags } from '../media';
import type { Fragment } from './fragment';

/** What ListFragments tells of a fragment. Times are ms since the epoch. */
export interface FragmentDetails {
  readonly FragmentNumber: string;
  readonly FragmentSizeInBytes: number;
  readonly ProducerTimestamp: number;
  readonly ServerTimestamp: number;
  /** From the first frame's start to the last one's: without the last frame's own duration. */
  readonly FragmentLengthInMilliseconds: number;
}

export type TimestampMember = 'ProducerTimestamp' | 'ServerTimestamp';

/** Lengths of media that many fragments share are measured once. */
const SPANS = new WeakMap<Buffer, number>();

/** Offset in the body at which the archive's copy ends: a recorded chunk has the service's closing tags in its body. */
export function storedEnd(fragment: Fragment): number {
  return fragment.isRecorded ? startOfClosingTags(fragment.body) : fragment.available;
}

/** What is stored of a fragment's media, as a Matroska file. */
export function storedMedia(fragment: Fragment): Buffer {
  return Buffer.concat([fragment.front, fragment.body.subarray(0, storedEnd(fragment))]);
}

/**
 * The size counts what the producer sent: header, Cluster and its tags, but not the tags that the service adds when the
 * fragment is read. Undefined for a recorded chunk that has no number or no times.
 */
export function detailsOf(fragment: Fragment): FragmentDetails | undefined {
  const { FragmentNumber, ServerTimestamp, ProducerTimestamp } = fragment;
  if (FragmentNumber === undefined || ServerTimestamp === undefined || ProducerTimestamp === undefined) {
    return undefined;
  }
  const front = fragment.isRecorded
    ? -frontTags(FragmentNumber, ServerTimestamp, ProducerTimestamp).length
    : fragment.producedFrontLength;
  return {
    FragmentNumber,
    FragmentSizeInBytes: front + storedEnd(fragment) + fragment.trailer.length,
    ProducerTimestamp,
    ServerTimestamp,
    FragmentLengthInMilliseconds: spanOf(fragment),
  };
}

function spanOf(fragment: Fragment): number {
  const { body } = fragment;
  const known = SPANS.get(body);
  const span = known ?? frameSpanMs(Buffer.concat([fragment.front, body]));
  SPANS.set(body, span);
  return span;
}
