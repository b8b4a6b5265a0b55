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

/** Names by their length in bytes, with their bytes. */
const BY_LENGTH: { readonly name: string; readonly bytes: Buffer }[][] = [];
for (const name of SERVICE_TAGS.keys()) {
  (BY_LENGTH[name.length] ??= []).push({ name, bytes: Buffer.from(name) });
}

/**
 * The name of one of the service's tags, if these bytes are one: always the same string, since to make one for each of
 * the five in every chunk, and to look it up, takes longer than to read the rest of them.
 */
export function serviceTagName(bytes: Buffer, start: number, end: number): string | undefined {
  const candidates = BY_LENGTH[end - start];
  if (candidates !== undefined) {
    for (const { name, bytes: known } of candidates) {
      if (endsWith(bytes, end, known)) {
        return name;
      }
    }
  }
  return undefined;
}

/** From the last byte backwards: the first ones are the same in all. */
function endsWith(bytes: Buffer, end: number, known: Buffer): boolean {
  for (let i = 1; i <= known.length; i++) {
    if (bytes[end - i] !== known[known.length - i]) {
      return false;
    }
  }
  return true;
}
