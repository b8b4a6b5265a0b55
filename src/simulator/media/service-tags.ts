/**
 * The tags that the service itself writes into a response: before the Cluster, at the end of each chunk, and in
 * place of media when something went wrong. Sizes are 4 bytes wide throughout, as in every recorded response.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html
 */
import { ID } from './ebml-reader';
import { UNKNOWN_SIZE_8, element, idBytes, tags, text, unsigned } from './ebml-writer';

const PREFIX = 'AWS_KINESISVIDEO_';

/** The group immediately before the Cluster. Times are ms since the epoch. */
export function frontTags(
  FragmentNumber: string,
  ServerTimestamp: number,
  ProducerTimestamp: number,
): Buffer {
  return tags(
    [
      [`${PREFIX}FRAGMENT_NUMBER`, FragmentNumber],
      [`${PREFIX}SERVER_TIMESTAMP`, secondsText(ServerTimestamp)],
      [`${PREFIX}PRODUCER_TIMESTAMP`, secondsText(ProducerTimestamp)],
    ],
    4,
  );
}

/** The last thing in a chunk. */
export function tailTags(MillisBehindNow: number, ContinuationToken: string): Buffer {
  return tags(
    [
      [`${PREFIX}MILLIS_BEHIND_NOW`, String(Math.max(0, Math.round(MillisBehindNow)))],
      [`${PREFIX}CONTINUATION_TOKEN`, ContinuationToken],
    ],
    4,
  );
}

/**
 * What the service sends where it has no media to send: a Segment without a Cluster, error tags, HTTP status 200.
 * With a FragmentNumber it has the shape of a fragment that failed: a number, but no server time.
 */
export function errorChunk(ErrorId: number, ErrorCode: string, FragmentNumber?: string): Buffer {
  const ebml = element(
    ID.EBML,
    Buffer.concat([
      unsigned(0x4286, 1),
      unsigned(0x42f7, 1),
      unsigned(0x42f2, 4),
      unsigned(0x42f3, 8),
      text(0x4282, 'matroska'),
      unsigned(0x4287, 2),
      unsigned(0x4285, 2),
    ]),
  );
  const pairs: [string, string][] = [
    [`${PREFIX}ERROR_CODE`, ErrorCode],
    [`${PREFIX}ERROR_ID`, String(ErrorId)],
  ];
  if (FragmentNumber !== undefined) {
    pairs.unshift([`${PREFIX}FRAGMENT_NUMBER`, FragmentNumber]);
  }
  return Buffer.concat([ebml, idBytes(ID.Segment), UNKNOWN_SIZE_8, tags(pairs, 4)]);
}

/** Names for the in-band error ids of the GetMedia page. */
export const ERROR_CODES: Readonly<Record<number, string>> = {
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
