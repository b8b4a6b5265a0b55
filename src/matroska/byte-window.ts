/** The bytes of the response that are at hand: the current slice, and what is kept of the ones before it. */
import { joinedView, type ChunkMemory } from './chunk-memory';

const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);

/** What is read again comes in pieces of at most so many bytes, so that reading can stop between them. */
const REREAD_BYTES = 64 * 1024;

/** All offsets are those of the response. */
export class ByteWindow {
  slice = EMPTY;
  /** Offset of the slice in the response. */
  base = 0;
  /** Position in the slice of what is read next. */
  pos = 0;

  /** Slices to be read again and, after them, the one that came last; the next one is at the end. */
  #backlog: Buffer[] = [];
  /** The slice that came in last, as long as parts of it may be in the backlog. */
  #borrowed: Buffer | undefined;
  /** Offset in the response up to which bytes have been read before. */
  #readBefore = 0;

  constructor(
    private readonly kept: ChunkMemory,
    /** Slices stay as they are, so that what is not read yet needs no copy. */
    private readonly slicesStay = false,
  ) {}

  /** Bytes of the response received so far. */
  get received(): number {
    return this.base + this.slice.length;
  }

  /** Bytes of earlier slices that are kept. */
  get keptBytes(): number {
    return this.kept.length;
  }

  /** Is there a slice to be read? */
  get hasMore(): boolean {
    return this.#backlog.length > 0;
  }

  /** Has the slice at hand been read before? */
  get isReread(): boolean {
    return this.base < this.#readBefore;
  }

  /** A slice has come in. */
  add(slice: Buffer): void {
    if (this.#backlog.length === 0) {
      // Nearly always. V8 has no short way for `unshift`, not even where there is nothing to be moved.
      this.#backlog.push(slice);
    } else {
      this.#backlog.unshift(slice);
    }
    this.#borrowed = slice;
  }

  /** Makes the next slice the one at hand. */
  next(): boolean {
    const slice = this.#backlog.pop();
    this.pos = 0;
    if (slice !== undefined && this.isReread && slice.length > REREAD_BYTES) {
      this.#backlog.push(slice.subarray(REREAD_BYTES));
      this.slice = slice.subarray(0, REREAD_BYTES);
    } else {
      this.slice = slice ?? EMPTY;
    }
    return slice !== undefined;
  }

  /** Ends the slice at hand where it has been read up to; what follows is the next slice. */
  split(): void {
    const { slice, pos } = this;
    if (pos < slice.length) {
      this.#backlog.push(slice.subarray(pos));
      this.slice = slice.subarray(0, pos);
    }
  }

  /** Copies what is not read yet out of the slice that came in last, which may be overwritten from now on. */
  keepUnread(): void {
    const borrowed = this.#borrowed?.buffer;
    if (borrowed !== undefined && !this.slicesStay) {
      this.#backlog = this.#backlog.map((slice) => (slice.buffer === borrowed ? Buffer.from(slice) : slice));
    }
    this.#borrowed = undefined;
  }

  /** The slice is used up: keeps the bytes from the given offset on. */
  settle(keepFrom: number): void {
    const { slice, base, kept } = this;
    const end = base + slice.length;
    if (keepFrom >= base) {
      kept.clear();
    } else {
      kept.discardBefore(keepFrom);
    }
    if (kept.length > 0) {
      this.#keepUpTo(end);
    } else if (keepFrom < end) {
      const from = Math.max(keepFrom, base);
      kept.append(slice, from, from - base);
    }
    this.base = end;
    this.slice = EMPTY;
    this.pos = 0;
  }

  discardBefore(offset: number): void {
    this.kept.discardBefore(offset);
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

  /**
   * What the bytes lie in, good until more is kept: the slice at hand, or what is kept. There is no view of them, since
   * every chunk and slice has some.
   */
  around(from: number, to: number): Buffer {
    if (from >= this.base) {
      return this.slice;
    }
    this.#keepUpTo(to);
    return this.kept.memory;
  }

  /** Offset in the response of the first byte of what `around` gives. */
  aroundStart(from: number): number {
    return from >= this.base ? this.base : this.kept.start;
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

  /** Goes back over what is kept, of which there must be some: `next()` gives it again, and then the slice at hand. */
  rewind(): void {
    const { kept } = this;
    this.#readBefore = Math.max(this.#readBefore, this.base);
    let rest = this.slice.subarray(kept.end - this.base);
    this.base = kept.start;
    this.slice = EMPTY;
    this.pos = 0;
    let again = kept.take();
    if (again.length < REREAD_BYTES) {
      // In one piece with what follows: rubbish that looks like one beginning after the other would else be read again
      // a few bytes at a time, for as long as it lasts.
      const next = rest.subarray(0, REREAD_BYTES);
      again = (this.slicesStay ? joinedView(again, next) : undefined) ?? Buffer.concat([again, next]);
      rest = rest.subarray(REREAD_BYTES);
    }
    this.#backlog.push(...(rest.length > 0 ? [rest] : []), again);
  }

  /** Lets everything go. */
  release(): void {
    this.slice = EMPTY;
    this.pos = 0;
    this.#backlog = [];
    this.#borrowed = undefined;
    this.kept.take();
  }

  /** Adds what the slice at hand has up to `to`; what is kept reaches up to the slice, or into it. */
  #keepUpTo(to: number): void {
    const { kept, slice, base } = this;
    const { end } = kept;
    if (to > end) {
      kept.append(slice, end, end - base, to - base);
    }
  }
}
