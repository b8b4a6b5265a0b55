/** How much of a chunk the service has added: a list counts the bytes that the producer sent, without these. */
import type { Chunk } from '../matroska';

/** ID of a Tags element. */
const TAGS = Buffer.from('1254c367', 'hex');
const FRAGMENT_NUMBER = 'AWS_KINESISVIDEO_FRAGMENT_NUMBER';

/** Bytes of the Tags element that holds the chunk's fragment number; 0 if there is none. */
export function serviceTagsSize({ data }: Pick<Chunk, 'data'>): number {
  const name = data.indexOf(FRAGMENT_NUMBER);
  const start = name < 0 ? -1 : data.lastIndexOf(TAGS, name);
  const first = data[start + TAGS.length];
  if (start < 0 || first === undefined || first === 0) {
    return 0;
  }
  // EBML: as many bytes as the first one has leading zero bits, and one more; the value follows the first set bit.
  const sizeLength = Math.clz32(first) - 23;
  const size = data
    .subarray(start + TAGS.length + 1, start + TAGS.length + sizeLength)
    .reduce((value, byte) => value * 256 + byte, first & (0xff >> sizeLength));
  const bytes = TAGS.length + sizeLength + size;
  return start + bytes <= data.length ? bytes : 0;
}
