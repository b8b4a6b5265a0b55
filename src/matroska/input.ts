import type { ChunkMemory } from './chunk-memory';

const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);

/** Bytes that may be read again before any have come in. */
const FIRST_CREDIT = 1024 * 1024;

/** The bytes of the response that are at hand: the current slice, and what is kept of the ones before it. */
export class Input {
  slice = EMPTY;
  /** Offset of the slice in the response. */
  base = 0;

  /** Slices to be read again and, behind them, the one that came last; the next one is at the end. */
  #backlog: Buffer[] = [];
  /** Bytes that may be read again. What comes in pays for it, so that no input costs much more than twice its size. */
  #credit = FIRST_CREDIT;

  constructor(
    private readonly kept: ChunkMemory,
    private readonly maxCredit: number,
  ) {}

  /** Of the response, so far. */
  get received(): number {
    return this.base + this.slice.length;
  }

  /** A slice has come in. */
  add(slice: Buffer): void {
    this.#credit = Math.min(this.#credit + slice.length, FIRST_CREDIT + this.maxCredit);
    this.#backlog.push(slice);
  }

  /** Makes the next slice the one at hand. */
  next(): boolean {
    const slice = this.#backlog.pop();
    this.slice = slice ?? EMPTY;
    return slice !== undefined;
  }

  /** The slice is used up: keeps the bytes from the given offset on. */
  settle(keepFrom: number): void {
    const { slice, base, kept } = this;
    const end = base + slice.length;
    if (keepFrom >= base) {
      kept.clear();
    }
    if (kept.length > 0) {
      this.#keepUpTo(end);
    } else if (keepFrom < end) {
      const from = Math.max(keepFrom, base);
      kept.append(slice.subarray(from - base), from);
    }
    this.base = end;
    this.slice = EMPTY;
  }

  dropBefore(offset: number): void {
    this.kept.dropBefore(offset);
  }

  /** A view, good until more is kept. Offsets are those of the response. */
  bytes(from: number, to: number): Buffer {
    const { base } = this;
    if (from >= base) {
      return this.slice.subarray(from - base, to - base);
    }
    this.#keepUpTo(to);
    return this.kept.view(from, to);
  }

  /** All that is kept and the slice at hand up to `to`, handed over; undefined where it does not fit its memory. */
  claim(from: number, to: number): Buffer | undefined {
    const { kept } = this;
    if (kept.length === 0 || kept.start !== from || to < kept.end) {
      return undefined;
    }
    this.#keepUpTo(to);
    return kept.claim();
  }

  /** A copy in memory of its own. */
  joined(from: number, to: number): Buffer {
    const { base } = this;
    const joined = Buffer.allocUnsafeSlow(to - from);
    if (from < base) {
      this.kept.copy(from, Math.min(to, base), joined);
    }
    if (to > base) {
      this.slice.copy(joined, Math.max(base - from, 0), Math.max(from - base, 0), to - base);
    }
    return joined;
  }

  /**
   * Goes back over what is kept: `next()` gives it again, and then the slice at hand. False, with nothing changed, where
   * there is nothing to go back over, or where it has been done too often.
   */
  rewind(): boolean {
    const { kept } = this;
    if (kept.length === 0 || kept.length > this.#credit) {
      return false;
    }
    this.#credit -= kept.length;
    this.#backlog.push(this.slice.subarray(kept.end - this.base));
    this.base = kept.start;
    this.slice = EMPTY;
    this.#backlog.push(kept.take());
    return true;
  }

  /** Lets everything go. */
  release(): void {
    this.slice = EMPTY;
    this.#backlog = [];
    this.kept.take();
  }

  /** Adds what the slice at hand has up to `to`; what is kept reaches up to the slice, or into it. */
  #keepUpTo(to: number): void {
    const { kept, slice, base } = this;
    if (to > kept.end) {
      kept.append(slice.subarray(kept.end - base, to - base), kept.end);
    }
  }
}
