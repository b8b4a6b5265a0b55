/** Searches bytes for the id of an EBML header, with which every chunk begins. */

const MAGIC = Buffer.from([0x1a, 0x45, 0xdf, 0xa3]);
export const EBML_ID_BYTES = MAGIC.length;
/** What may be searched at once: bytes that nearly are the id take 10 ns each. */
export const MOST_BYTES_SEARCHED = 1024 * 1024;

/** Where an EBML header begins, or, at the end of the bytes, may begin; -1 if nowhere. */
export function findEbmlHeader(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(MAGIC, from);
  if (found >= 0) {
    return found;
  }
  for (let at = Math.max(from, bytes.length - MAGIC.length + 1); at < bytes.length; at++) {
    if (mayBeginEbmlHeader(bytes.subarray(at))) {
      return at;
    }
  }
  return -1;
}

/** Is there the whole of an EBML header's id? */
export function hasEbmlHeader(bytes: Buffer): boolean {
  return bytes.includes(MAGIC);
}

/** Are these the first bytes of an EBML header, as far as they go? */
export function mayBeginEbmlHeader(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, MAGIC.length);
  return bytes.subarray(0, length).equals(MAGIC.subarray(0, length));
}
