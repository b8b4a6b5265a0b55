/**
 * The producer's header as each chunk repeats it, without tags that only the service may write: a recorded response
 * can be pushed like any other media.
 */
import { ID, SERVICE_TAG, UNKNOWN_SIZE_8, idBytes } from '../media';
import type { Header } from './matroska-parts';

const TAGS = idBytes(ID.Tags);
const NAMES = Object.values(SERVICE_TAG);

/** Whether an element is a Tags element with tags of the service. */
export function isServiceTags(bytes: Buffer): boolean {
  return bytes.subarray(0, TAGS.length).equals(TAGS) && NAMES.some((name) => bytes.includes(name));
}

/** What each chunk begins with, as in every response of the service: the header in a Segment of unknown size. */
export function repeatedHeader({ ebml, children }: Header): Buffer {
  const kept = children.map(({ bytes }) => bytes).filter((bytes) => !isServiceTags(bytes));
  return Buffer.concat([ebml, idBytes(ID.Segment), UNKNOWN_SIZE_8, ...kept]);
}
