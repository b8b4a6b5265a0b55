/** When the archive knows a fragment: it is listed and read some time after it is complete, each with a delay of its own. */
import { chanceAt } from '../random';
import type { Fragment } from '../streams';
import type { ArchiveOptions } from './service';

/** Whether a list that is made at `now` (ms, by the simulator's clock) has the fragment. */
export function isListed({ seed, listDelayMs }: ArchiveOptions, fragment: Fragment, now: number): boolean {
  return now >= fragment.completedAt + listDelayMs * chanceAt(seed, 2 * fragment.position);
}

/** Whether the fragment's media are found at `now`. */
export function isReadable({ seed, mediaDelayMs }: ArchiveOptions, fragment: Fragment, now: number): boolean {
  return now >= fragment.completedAt + mediaDelayMs * chanceAt(seed, 2 * fragment.position + 1);
}
