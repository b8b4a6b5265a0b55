/**
 * Decides which stored fragments belong to a range: those that show anything of it. The chunks that are read of them
 * are judged once more, by `#isShown` of `ordered-output.ts`: media have exact times, lists do not.
 */
import { KinesisVideoError, type StoredFragment, type TimestampType } from '../kinesis-video';
import { beginOf, isContinued, listedEndOf, shortestGapOf, type Span } from './coverage';
import { listSettled, LONGEST_FRAGMENT_MS } from './list-range';
import type { ArchiveDependencies, RangeRequest } from './types';

/** The fragments that show anything of the range, sorted by the clock that the range refers to. */
export async function fragmentsInRange(
  dependencies: ArchiveDependencies,
  request: RangeRequest,
  signal: AbortSignal,
): Promise<StoredFragment[]> {
  const { stream, from } = request;
  const list = (begin: number) => listSettled(dependencies, stream, { ...request, from: begin }, signal);
  try {
    return keepShown(await list(from - LONGEST_FRAGMENT_MS), request);
  } catch (error) {
    if (error instanceof KinesisVideoError && error.ErrorType === 'InvalidArgumentException') {
      // It may have been the time before the range that is beyond retention.
      return keepShown(await list(from), request);
    }
    throw error;
  }
}

/**
 * Those fragments that show anything of the range: that begin in it, or begin before it and last into it. A fragment
 * lasts until the next one begins where only its last frame, which lists leave out, lies between.
 *
 * @param fragments sorted by their begin
 */
export function keepShown(
  fragments: readonly StoredFragment[],
  { timestampType, from, to }: Span & { readonly timestampType: TimestampType },
): StoredFragment[] {
  const shortestGapMs = shortestGapOf(fragments, timestampType);
  return fragments.filter((fragment, index) => {
    const begin = beginOf(fragment, timestampType);
    const end = listedEndOf(fragment, timestampType);
    const following = fragments[index + 1];
    const next = following === undefined ? undefined : beginOf(following, timestampType);
    const lasts = next !== undefined && next > from && isContinued(end, next, shortestGapMs);
    return begin < to && (begin >= from || end > from || lasts);
  });
}
