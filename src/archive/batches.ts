/** Splits a list of fragments into batches that are read by one call each. */
import type { StoredFragment } from '../kinesis-video';

const MOST_FRAGMENTS = 100;
/** Several batches are in memory at a time. A larger fragment is a batch alone. */
const MOST_BYTES = 6 * 1024 * 1024;

/** Fragments in order, and their listed size. */
export interface Batch {
  readonly fragments: readonly StoredFragment[];
  readonly bytes: number;
}

/** Batches in the order of the list. */
export function batchesOf(fragments: readonly StoredFragment[]): Batch[] {
  const batches: { fragments: StoredFragment[]; bytes: number }[] = [];
  for (const fragment of fragments) {
    const bytes = fragment.FragmentSizeInBytes;
    const last = batches.at(-1);
    if (last === undefined || last.fragments.length >= MOST_FRAGMENTS || last.bytes + bytes > MOST_BYTES) {
      batches.push({ fragments: [fragment], bytes });
    } else {
      last.fragments.push(fragment);
      last.bytes += bytes;
    }
  }
  return batches;
}
