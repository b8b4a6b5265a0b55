/** The service's own tags, by what they say; GetMedia and the archived media spell some of them differently. */
const SERVICE_TAGS: ReadonlyMap<string, ServiceTag> = new Map([
  ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', 'FragmentNumber'],
  ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', 'ServerTimestamp'],
  ['AWS_KINESISVIDEO_SERVER_SIDE_TIMESTAMP', 'ServerTimestamp'],
  ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', 'ProducerTimestamp'],
  ['AWS_KINESISVIDEO_PRODUCER_SIDE_TIMESTAMP', 'ProducerTimestamp'],
  ['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', 'MillisBehindNow'],
  ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', 'ContinuationToken'],
  ['AWS_KINESISVIDEO_ERROR_CODE', 'ErrorCode'],
  ['AWS_KINESISVIDEO_ERROR_ID', 'ErrorId'],
  ['AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE', 'ErrorCode'],
  ['AWS_KINESISVIDEO_EXCEPTION_MESSAGE', 'ErrorMessage'],
]);

export type ServiceTag =
  | 'FragmentNumber'
  | 'ServerTimestamp'
  | 'ProducerTimestamp'
  | 'MillisBehindNow'
  | 'ContinuationToken'
  | 'ErrorCode'
  | 'ErrorId'
  | 'ErrorMessage';

/** Undefined for every other tag, those of events (AWS_KINESISVIDEO_NOTIFICATION and the like) included. */
export function serviceTag(name: string): ServiceTag | undefined {
  return SERVICE_TAGS.get(name);
}
