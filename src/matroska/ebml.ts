/** The size of an element that does not say where it ends (RFC 8794, section 6.2). */
export const UNKNOWN_SIZE = -1;

/** What came of an attempt to read something whose bytes may not all be there yet. */
export const MALFORMED = -1;
export const INCOMPLETE = 0;
export const READ = 1;
export type Outcome = typeof MALFORMED | typeof INCOMPLETE | typeof READ;

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
  /** Of the content, or `UNKNOWN_SIZE`. */
  size = 0;
  /** Of the header itself, in bytes. */
  length = 0;

  readonly #size = new Vint();

  read(bytes: Buffer, at: number, end: number): Outcome {
    if (at >= end) {
      return INCOMPLETE;
    }
    const first = bytes[at] ?? 0;
    if (first < 0x10) {
      return MALFORMED;
    }
    const idLength = Math.clz32(first) - 23;
    if (end - at < idLength) {
      return INCOMPLETE;
    }
    let id = first;
    for (let i = at + 1; i < at + idLength; i++) {
      id = id * 256 + (bytes[i] ?? 0);
    }
    this.id = id;
    // Neither all bits clear nor all bits set is an id (RFC 8794, section 5).
    const marker = 2 ** (7 * idLength);
    if (id === marker || id === 2 * marker - 1) {
      return MALFORMED;
    }
    const outcome = this.#size.read(bytes, at + idLength, end);
    this.size = this.#size.value;
    this.length = idLength + this.#size.length;
    return outcome;
  }
}
