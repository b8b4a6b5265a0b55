/**
 * Finds the next chunk after damage: searches for an EBML header, from the second byte of what was open on, since a size
 * that lies may have swallowed whole chunks; as often as the budget allows, and else from the damage on.
 */
import { findEbmlHeader } from './ebml-header-search';
import type { ByteWindow } from './byte-window';

/** Bytes that may be read again before any have come in. */
const FIRST_CREDIT = 1024 * 1024;

export class Resynchronizer {
  isSearching = false;
  /** In a run of rubbish, or of a chunk too large, that has been reported. */
  isReported = false;

  /** Offset in the response from which on to search. */
  #from = 0;
  /** Bytes that may be read again. What comes in pays for it, so that no input costs much more than twice its size. */
  #credit = FIRST_CREDIT;

  /** @param maxCredit of what comes in, so many bytes can be saved up */
  constructor(
    private readonly input: ByteWindow,
    private readonly maxCredit: number,
  ) {}

  /** Bytes have come in. */
  addCredit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, FIRST_CREDIT + this.maxCredit);
  }

  /**
   * Begins to search what is open. False, with nothing changed, where too much has been read again already.
   *
   * @param start offset at which it begins
   */
  searchAgain(start: number): boolean {
    const { input } = this;
    if (start < input.base) {
      const { keptBytes } = input;
      if (keptBytes === 0 || keptBytes > this.#credit) {
        return false;
      }
      this.#credit -= keptBytes;
      input.rewind();
    }
    this.search(start + 1);
    return true;
  }

  /** Begins to search at the offset, or where the slice at hand begins. */
  search(from: number): void {
    const { input } = this;
    this.isSearching = true;
    this.isReported = true;
    this.#from = from;
    input.pos = Math.min(Math.max(from - input.base, 0), input.slice.length);
  }

  /** Goes to the next EBML header in the slice at hand; false if there is none. */
  find(): boolean {
    const { slice, base, pos } = this.input;
    const found = findEbmlHeader(slice, Math.max(pos, this.#from - base));
    if (found < 0) {
      return false;
    }
    this.input.pos = found;
    this.isSearching = false;
    return true;
  }
}
