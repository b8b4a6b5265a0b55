/**
 * The tags that the service itself writes into a response: before the Cluster, at the end of each chunk, and in
 * place of media when something went wrong. Sizes are 4 bytes wide throughout, as in every recorded response.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html
 */
import { UNKNOWN_SIZE_8, ebmlHeader, idBytes, tags } from './ebml-writer';
import { ID } from './element-ids';

/** Names of the tags that only the service writes. */
export const SERVICE_TAG = {
  fragmentNumber: 'AWS_KINESISVIDEO_FRAGMENT_NUMBER',
  serverTimestamp: 'AWS_KINESISVIDEO_SERVER_TIMESTAMP',
  producerTimestamp: 'AWS_KINESISVIDEO_PRODUCER_TIMESTAMP',
  millisBehindNow: 'AWS_KINESISVIDEO_MILLIS_BEHIND_NOW',
  continuationToken: 'AWS_KINESISVIDEO_CONTINUATION_TOKEN',
  errorCode: 'AWS_KINESISVIDEO_ERROR_CODE',
  errorId: 'AWS_KINESISVIDEO_ERROR_ID',
} as const;

/** The group immediately before the Cluster. Times are ms since the epoch. */
export function frontTags(
  FragmentNumber: string,
  ServerTimestamp: number,
  ProducerTimestamp: number,
): Buffer {
  return tags(
    [
      [SERVICE_TAG.fragmentNumber, FragmentNumber],
      [SERVICE_TAG.serverTimestamp, secondsText(ServerTimestamp)],
      [SERVICE_TAG.producerTimestamp, secondsText(ProducerTimestamp)],
    ],
    4,
  );
}

/** The last thing in a chunk. */
export function tailTags(MillisBehindNow: number, ContinuationToken: string): Buffer {
  return tags(
    [
      [SERVICE_TAG.millisBehindNow, String(Math.max(0, Math.round(MillisBehindNow)))],
      [SERVICE_TAG.continuationToken, ContinuationToken],
    ],
    4,
  );
}

/**
 * What the service sends if it has no media to send: a Segment without a Cluster, error tags, HTTP status 200.
 * With a FragmentNumber it has the shape of a fragment that failed: a number, but no server time.
 */
export function errorChunk(ErrorId: number, ErrorCode: string, FragmentNumber?: string): Buffer {
  const pairs: [string, string][] = [
    [SERVICE_TAG.errorCode, ErrorCode],
    [SERVICE_TAG.errorId, String(ErrorId)],
  ];
  if (FragmentNumber !== undefined) {
    pairs.unshift([SERVICE_TAG.fragmentNumber, FragmentNumber]);
  }
  return mediaFree(pairs);
}

/** What GetMediaForFragmentList sends in place of a fragment that it does not find, in an answer with HTTP status 200. */
export function notFoundChunk(FragmentNumber: string): Buffer {
  return mediaFree([
    [SERVICE_TAG.errorCode, ERROR_CODES[3000] ?? ''],
    [SERVICE_TAG.errorId, '3000'],
    [SERVICE_TAG.fragmentNumber, FragmentNumber],
  ]);
}

function mediaFree(pairs: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat([ebmlHeader(), idBytes(ID.Segment), UNKNOWN_SIZE_8, tags(pairs, 4)]);
}

/** Names for the in-band error ids of the GetMedia page, and for the one of GetMediaForFragmentList. */
export const ERROR_CODES: Readonly<Record<number, string>> = {
  3000: 'FRAGMENT_NOT_FOUND',
  3002: 'STREAM_WRITE_ERROR',
  4000: 'FRAGMENT_NOT_FOUND',
  4500: 'KMS_KEY_ACCESS_DENIED',
  4501: 'KMS_KEY_DISABLED',
  4502: 'KMS_KEY_VALIDATION_ERROR',
  4503: 'KMS_KEY_UNAVAILABLE',
  4504: 'KMS_KEY_INVALID_USAGE',
  4505: 'KMS_KEY_INVALID_STATE',
  4506: 'KMS_KEY_NOT_FOUND',
  5000: 'INTERNAL_ERROR',
};

/** Seconds with exactly three decimals, trailing zeros kept. */
export function secondsText(ms: number): string {
  return (Math.round(ms) / 1000).toFixed(3);
}
