/** GetMedia: the chunks of a stream from a start selector on. */
import type { AwsAccount } from '../aws';
import type { MediaResponse } from '../http';
import type { StartSelector, StreamRef } from '../options';
import { openMedia } from './open-media';
import { streamMember } from './stream-member';

/** Resolves with the head of the response; its media are read from it. */
export function getMedia(
  account: AwsAccount,
  endpoint: string,
  stream: StreamRef,
  startSelector: StartSelector,
  signal: AbortSignal,
): Promise<MediaResponse> {
  const body = { ...streamMember(stream), StartSelector: wireSelector(startSelector) };
  return openMedia(account, 'GetMedia', stream, { endpoint, path: '/getMedia', body }, signal);
}

/** Timestamps travel as seconds with a fraction; dividing whole milliseconds by 1000 prints as exactly three decimals. */
function wireSelector(selector: StartSelector): object {
  return 'StartTimestamp' in selector
    ? { ...selector, StartTimestamp: selector.StartTimestamp / 1000 }
    : selector;
}
