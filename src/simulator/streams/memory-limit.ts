/** Keeps what was pushed into all streams within the memory that a simulator may take. */
import type { SimulatedStream } from './stream';

/**
 * Forgets the oldest complete fragment first, until all is within the limit.
 *
 * @param held bytes held beside the fragments
 * @returns false if what is still coming in is too much by itself
 */
export function limitMemory(streams: Iterable<SimulatedStream>, most: number, held = 0): boolean {
  const all = [...streams];
  const isWithin = () => all.reduce((sum, { ownedBytes }) => sum + ownedBytes, held) <= most;
  for (let left = all.length > 0; left && !isWithin();) {
    left = all.reduce((a, b) => (b.oldestOwnedAt < a.oldestOwnedAt ? b : a)).forgetOldest();
  }
  return isWithin();
}
