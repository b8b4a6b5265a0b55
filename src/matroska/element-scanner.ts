/**
 * The lowest layer of the reader: finds one element after the other in the input, and does not know what they mean.
 * What follows a header is up to the caller: the content of the element, or, without `awaitContent`, its first child.
 */
import { ElementHeader, INCOMPLETE, MAX_ELEMENT_HEADER_BYTES, READ, UNKNOWN_SIZE } from './ebml';
import type { ByteWindow } from './byte-window';

/** What the scanner says; numbers when compiled. */
export const enum Found {
  /** The slice ends before what is next: come again with the next one. */
  NEED_DATA,
  /** An element's header: its fields are those of the scanner. */
  ELEMENT,
  /** The last byte of the content that the caller has awaited. */
  CONTENT,
  /** The end of the element around. */
  PARENT_END,
  /** Bytes that are no element. */
  INVALID,
}

/** One is used for all elements, with plain numbers for fields, so that nothing is allocated for an element. */
export class ElementScanner {
  /** The current element, with its length marker. */
  id = 0;
  /** Declared size of its content in bytes, or `UNKNOWN_SIZE`. */
  size = 0;
  /** Offsets in the response of its header and its content. */
  start = 0;
  contentStart = 0;
  /** End of its content; where the size is unknown, its beginning. */
  contentEnd = 0;

  /** A header begins at `start`, in this slice or in an earlier one, and is not all there yet. */
  isInHeader = false;
  isInContent = false;

  readonly #input: ByteWindow;
  readonly #header = new ElementHeader();

  constructor(input: ByteWindow) {
    this.#input = input;
  }

  /** Is the next byte the first one of an element, or of what comes after the last one? */
  get isBetweenElements(): boolean {
    return !this.isInHeader && !this.isInContent;
  }

  /**
   * Reads on from the input's position.
   *
   * @param parentEnd offset in the response at which the element around ends
   */
  next(parentEnd: number): Found {
    if (this.isInContent) {
      return this.#findContentEnd();
    }
    if (this.isInHeader) {
      return this.#resumeHeader();
    }
    const { slice, base, pos } = this.#input;
    if (base + pos >= parentEnd) {
      return Found.PARENT_END;
    }
    this.start = base + pos;
    const outcome = this.#header.read(slice, pos, slice.length);
    if (outcome === READ) {
      return this.#begin();
    }
    this.isInHeader = outcome === INCOMPLETE && pos < slice.length;
    return outcome === INCOMPLETE ? Found.NEED_DATA : Found.INVALID;
  }

  /** The current element is taken as a whole: the next thing is `CONTENT`. Its size must be known. */
  awaitContent(): void {
    this.isInContent = true;
  }

  /** Forgets the current element. */
  reset(): void {
    this.isInHeader = false;
    this.isInContent = false;
  }

  /** The header lies in more than one slice. */
  #resumeHeader(): Found {
    const input = this.#input;
    const end = Math.min(this.start + MAX_ELEMENT_HEADER_BYTES, input.received);
    const bytes = input.bytes(this.start, end);
    const outcome = this.#header.read(bytes, 0, bytes.length);
    if (outcome === INCOMPLETE) {
      return Found.NEED_DATA;
    }
    this.isInHeader = false;
    return outcome === READ ? this.#begin() : Found.INVALID;
  }

  #begin(): Found {
    const { id, size, length } = this.#header;
    const content = this.start + length;
    this.id = id;
    this.size = size;
    this.contentStart = content;
    this.contentEnd = size === UNKNOWN_SIZE ? content : content + size;
    this.#input.pos = content - this.#input.base;
    return Found.ELEMENT;
  }

  #findContentEnd(): Found {
    const input = this.#input;
    const pos = this.contentEnd - input.base;
    if (pos > input.slice.length) {
      return Found.NEED_DATA;
    }
    this.isInContent = false;
    input.pos = pos;
    return Found.CONTENT;
  }
}
