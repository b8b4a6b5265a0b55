/** GetMediaForFragmentList: the chunks of given fragments. */
import type { AwsAccount } from '../aws';
import type { MediaResponse } from '../http';
import type { StreamRef } from '../options';
import { openMedia } from './open-media';
import { streamMember } from './stream-member';

/**
 * Resolves with the head of the response; its media are read from it.
 *
 * @param Fragments 1 to 1,000 fragment numbers
 */
export function getMediaForFragmentList(
  account: AwsAccount,
  endpoint: string,
  stream: StreamRef,
  Fragments: readonly string[],
  signal: AbortSignal,
): Promise<MediaResponse> {
  const body = { ...streamMember(stream), Fragments };
  const path = '/getMediaForFragmentList';
  return openMedia(account, 'GetMediaForFragmentList', stream, { endpoint, path, body }, signal);
}
