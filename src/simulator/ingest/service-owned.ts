/** Tells tags that only the service may write, so that a recorded response can be pushed like any other media. */

const NAMES = [
  'FRAGMENT_NUMBER',
  'SERVER_TIMESTAMP',
  'PRODUCER_TIMESTAMP',
  'MILLIS_BEHIND_NOW',
  'CONTINUATION_TOKEN',
  'ERROR_CODE',
  'ERROR_ID',
].map((name) => `AWS_KINESISVIDEO_${name}`);
const TAGS = Buffer.from('1254c367', 'hex');

/** Whether an element is a Tags element with one of them. */
export function ofTheService(bytes: Buffer): boolean {
  return bytes.subarray(0, TAGS.length).equals(TAGS) && NAMES.some((name) => bytes.includes(name));
}
