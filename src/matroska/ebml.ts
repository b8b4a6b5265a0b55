/** EBML as such (RFC 8794): variable-size integers, and the id and size of an element. */

/** The size of an element that does not say where it ends (RFC 8794, section 6.2). */
export const UNKNOWN_SIZE = -1;

/** What came of an attempt to read something whose bytes may not all be there yet. */
export const MALFORMED = -1;
export const INCOMPLETE = 0;
export const READ = 1;
export type Outcome = typeof MALFORMED | typeof INCOMPLETE | typeof READ;

const MAX_ID_BYTES = 4;
const RESERVED_IDS: ReadonlySet<number> = new Set([
  0x4000, 0x7fff, 0x200000, 0x3fffff, 0x10000000, 0x1fffffff,
]);
/** Id (1 to 4 bytes in Matroska) and size (1 to 8). */
export const MAX_ELEMENT_HEADER_BYTES = 12;

/** Reads variable-size integers (RFC 8794, section 4) of 1 to 8 bytes; one is reused for all, so that none is allocated. */
export class Vint {
  /** `UNKNOWN_SIZE` where all bits of the value are set. */
  value = 0;
  /** In bytes. */
  length = 0;

  /** Values above 2^53 - 1 cannot be told apart by a number and count as malformed. */
  read(bytes: Buffer, at: number, end: number): Outcome {
    if (at >= end) {
      return INCOMPLETE;
    }
    const first = bytes[at] ?? 0;
    if (first >= 0x80) {
      this.length = 1;
      this.value = first === 0xff ? UNKNOWN_SIZE : first & 0x7f;
      return READ;
    }
    if (first === 0) {
      return MALFORMED;
    }
    const length = Math.clz32(first) - 23;
    if (end - at < length) {
      return INCOMPLETE;
    }
    const mask = 0xff >> length;
    let value = first & mask;
    let ones = value === mask;
    for (let i = at + 1; i < at + length; i++) {
      const byte = bytes[i] ?? 0;
      ones &&= byte === 0xff;
      value = value * 256 + byte;
    }
    this.length = length;
    this.value = ones ? UNKNOWN_SIZE : value;
    return value > Number.MAX_SAFE_INTEGER && !ones ? MALFORMED : READ;
  }
}

/** Reads id and size of an element; one is reused for all elements. */
export class ElementHeader {
  /** With its length marker. */
  id = 0;
  /** Size of the content in bytes, or `UNKNOWN_SIZE`. */
  size = 0;
  /** Length of the header, bytes. */
  length = 0;

  readonly #size = new Vint();

  read(bytes: Buffer, at: number, end: number): Outcome {
    if (at >= end) {
      return INCOMPLETE;
    }
    const first = bytes[at] ?? 0;
    let idLength = 1;
    if (first >= 0x80) {
      this.id = first;
      if (first === 0x80 || first === 0xff) {
        return MALFORMED;
      }
    } else {
      idLength = Math.clz32(first) - 23;
      const outcome = this.#readLongId(bytes, at, end, idLength);
      if (outcome !== READ) {
        return outcome;
      }
    }
    // Most blocks have a size of 2 bytes, and most elements are blocks.
    const sizeAt = at + idLength;
    if (sizeAt + 1 < end) {
      const high = bytes[sizeAt] ?? 0;
      if (high >= 0x40 && high < 0x7f) {
        this.size = ((high & 0x3f) << 8) | (bytes[sizeAt + 1] ?? 0);
        this.length = idLength + 2;
        return READ;
      }
    }
    const outcome = this.#size.read(bytes, sizeAt, end);
    this.size = this.#size.value;
    this.length = idLength + this.#size.length;
    return outcome;
  }

  /** Neither all bits clear nor all bits set is an id (RFC 8794, section 5). */
  #readLongId(bytes: Buffer, at: number, end: number, length: number): Outcome {
    if (length > MAX_ID_BYTES) {
      return MALFORMED;
    }
    if (end - at < length) {
      return INCOMPLETE;
    }
    let id = 0;
    for (let i = at; i < at + length; i++) {
      id = id * 256 + (bytes[i] ?? 0);
    }
    this.id = id;
    return RESERVED_IDS.has(id) ? MALFORMED : READ;
  }
}
