/** What is stored of a range: the list itself. */
import { KinesisVideoError, type StoredFragment } from '../kinesis-video';
import { within } from './coverage';
import { listSettled, LONGEST_FRAGMENT_MS } from './range-list';
import type { ArchiveDependencies, RangeRequest } from './types';

/** The fragments that show anything of the range, sorted by the clock that the range refers to. */
export async function listFragments(
  dependencies: ArchiveDependencies,
  request: RangeRequest,
  signal: AbortSignal,
): Promise<StoredFragment[]> {
  const { stream, from } = request;
  const list = (begin: number) => listSettled(dependencies, stream, { ...request, from: begin }, signal);
  try {
    return within(await list(from - LONGEST_FRAGMENT_MS), request);
  } catch (error) {
    if (error instanceof KinesisVideoError && error.ErrorType === 'InvalidArgumentException') {
      // It may have been the time before the range that is beyond retention.
      return within(await list(from), request);
    }
    throw error;
  }
}
