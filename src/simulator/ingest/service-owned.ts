/** Tells tags that only the service may write, so that a recorded response can be pushed like any other media. */
import { ID } from '../media/ebml-reader';
import { UNKNOWN_SIZE_8, idBytes } from '../media/ebml-writer';
import type { Header } from './matroska-parts';

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

/** What each chunk begins with, as in every response of the service: the producer's header, in a Segment of unknown size. */
export function leadOf({ ebml, children }: Header): Buffer {
  const kept = children.map(({ bytes }) => bytes).filter((bytes) => !ofTheService(bytes));
  return Buffer.concat([ebml, idBytes(ID.Segment), UNKNOWN_SIZE_8, ...kept]);
}
