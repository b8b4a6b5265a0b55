/** The memory that the open chunk, or one of its frames, is copied into, once, and which is handed out with it. */
import type { FrameHolder } from './frame';
import { FrameSlabs } from './frame-slabs';
import { raiseTrimThreshold } from './malloc-trim-threshold';

const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);
/** Enough for what comes before the media, and for small chunks, as long as none has come. */
const FIRST_BYTES = 64 * 1024;
/** Where larger chunks have come: what comes after that goes into memory as large as that of the last one. */
const FIRST_BYTES_OF_LARGE = 16 * 1024;
/** What has come warrants so many times as much memory. */
const GROWTH = 4;
/** At most this part of what is handed over may be unused; else it is copied into memory that fits. */
const SLACK = 1 / 8;

/**
 * The bytes of the response from the open chunk on, copied as they come into the memory that will be the chunk's own.
 * It is as large as the chunk says it will be, or as the last one was; but never many times what has come, since
 * a size is easily said.
 *
 * Where frames are not kept, it has one after the other in it, and each may be handed over with the memory.
 */
export class ChunkMemory implements FrameHolder {
  /** Offset in the response of the first byte kept and of the one after the last. */
  start = 0;
  end = 0;
  #memory = EMPTY;
  /** What the open chunk will have, as it says itself. */
  #expected: number | undefined;
  /** Size of the frame that arrives, if nothing else is kept. */
  #frameBytes: number | undefined;
  /** Size of the largest frame that was handed over, bytes. */
  #largestFrame = 0;
  /** Somebody takes frames together with their memory, which has to fit them then. */
  #givesFrames = false;
  /** A little more than the last chunk had. */
  #usual = 0;
  readonly #slabs = new FrameSlabs();
  /** The memory is a view of slices that have come, which are not ours to write to. */
  #isView = false;

  /** @param slicesStay slices are not overwritten: where one follows the other in the same memory, nothing is copied */
  constructor(
    private readonly maxBytes: number,
    private readonly slicesStay = false,
  ) {}

  get length(): number {
    return this.end - this.start;
  }

  /** Begins with the bytes that are kept: good until something else is done here. */
  get memory(): Buffer {
    return this.#memory;
  }

  /** Undefined where it does not say. */
  expect(bytes: number | undefined): void {
    this.#expected = bytes;
  }

  /** The bytes that come next are those of one frame, with nothing else; undefined: they are not. */
  expectFrame(bytes: number | undefined): void {
    this.#frameBytes = bytes;
  }

  /** The frame has been reported. What nobody has taken of it goes back. */
  endFrame(): void {
    const isLeft = this.#memory.length === this.#frameBytes;
    this.#frameBytes = undefined;
    if (this.#givesFrames && isLeft) {
      this.#slabs.takeBack(this.#memory);
      this.#memory = EMPTY;
      this.clear();
    }
  }

  /** Lets everything go. */
  clear(): void {
    this.start = 0;
    this.end = 0;
  }

  /**
   * Keeps the bytes from `from` to `to`.
   *
   * @param offset of the first one in the response: that after the last one kept, unless there is none
   */
  append(bytes: Buffer, offset: number, from = 0, to = bytes.length): void {
    const { length } = this;
    const added = to - from;
    if (length === 0) {
      this.start = offset;
      this.end = offset;
      if (!this.#fits()) {
        this.#memory = EMPTY;
      }
    }
    this.end = offset + added;
    const view = this.slicesStay
      ? joinedView(this.#memory.subarray(0, length), bytes.subarray(from, to))
      : undefined;
    if (view !== undefined) {
      this.#memory = view;
      this.#isView = true;
      return;
    }
    if (this.#isView || length + added > this.#memory.length) {
      this.#grow(length, added);
    }
    bytes.copy(this.#memory, length, from, to);
  }

  /** Lets go of what is before the offset. */
  discardBefore(offset: number): void {
    if (offset >= this.end) {
      this.clear();
    } else if (offset > this.start) {
      if (this.#isView) {
        this.#memory = this.#memory.subarray(offset - this.start);
      } else {
        this.#memory.copyWithin(0, offset - this.start, this.length);
      }
      this.start = offset;
    }
  }

  /** The bytes from offset `from` to `to` of the response, which are kept: good until something else is done here. */
  view(from: number, to: number): Buffer {
    return this.#memory.subarray(from - this.start, to - this.start);
  }

  /** Copies the bytes from offset `from` to `to` of the response to the beginning of `target`. */
  copy(from: number, to: number, target: Buffer): void {
    this.view(from, to).copy(target);
  }

  /** Hands everything over; it is never written again. */
  take(): Buffer {
    const bytes = this.#memory.subarray(0, this.length);
    this.#memory = EMPTY;
    this.#isView = false;
    this.clear();
    return bytes;
  }

  /** Hands the memory over with all that is kept; undefined where too much of it is unused. */
  claim(): Buffer | undefined {
    const { length } = this;
    if (this.#isView) {
      return undefined;
    }
    this.#usual = Math.ceil(length * (1 + SLACK / 2));
    if (this.#memory.length - length > length * SLACK) {
      return undefined;
    }
    this.#memory = renewed(this.#memory);
    return this.take();
  }

  handOver(bytes: Buffer, start: number, end: number): Buffer | undefined {
    this.#givesFrames = true;
    if (this.#isView || bytes !== this.#memory || start !== 0 || end !== bytes.length) {
      return undefined;
    }
    this.#largestFrame = Math.max(this.#largestFrame, bytes.length);
    this.#memory = EMPTY;
    this.clear();
    return bytes;
  }

  allocate(bytes: number): Buffer {
    return this.#slabs.allocate(bytes);
  }

  /** Has what comes next a chance to be handed over in this memory? What it was for first may have been larger. */
  #fits(): boolean {
    const { length } = this.#memory;
    return this.#givesFrames && this.#frameBytes !== undefined
      ? this.#frameBytes === length
      : this.#usual === 0 || length <= this.#usual * (1 + SLACK / 2);
  }

  /** @param length bytes that are kept */
  #grow(length: number, more: number): void {
    const needed = length + more;
    const seen = Math.max(this.#largestFrame, length === 0 ? 0 : this.#usual);
    const isLarge = this.#usual > FIRST_BYTES && !this.#givesFrames;
    const first = isLarge ? FIRST_BYTES_OF_LARGE : FIRST_BYTES;
    const warranted = Math.max(first, GROWTH * length, seen);
    const least = length === 0 && this.#usual > 0 ? 0 : FIRST_BYTES;
    const wanted = Math.max(this.#expected ?? Math.max(2 * length, this.#usual), least);
    const capacity = Math.min(this.#frameBytes ?? wanted, warranted, this.maxBytes);
    if (capacity > FIRST_BYTES) {
      raiseTrimThreshold();
    }
    const isForFrame = this.#givesFrames && capacity === this.#frameBytes && needed <= capacity;
    const grown = isForFrame
      ? this.#slabs.allocate(capacity)
      : Buffer.allocUnsafeSlow(Math.max(capacity, needed));
    this.#memory.copy(grown, 0, 0, length);
    this.#memory = grown;
    this.#isView = false;
  }
}

/** Both as one view, where the second lies directly after the first in the same memory, or there is no first. */
export function joinedView(first: Buffer, second: Buffer): Buffer | undefined {
  if (first.length === 0) {
    return second;
  }
  return first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset
    ? Buffer.from(first.buffer, first.byteOffset, first.length + second.length)
    : undefined;
}

/**
 * The same memory, without a copy, as young for the garbage collector as what has just been allocated. A chunk of a
 * camera arrives for seconds, and what has survived so long is only freed by a full collection; handed over like that it
 * would cause several of them a second where there are hundreds of cameras. Whatever refers to the old one sees it empty.
 */
function renewed(memory: Buffer): Buffer {
  const { buffer } = memory;
  return memory.length <= FIRST_BYTES ? memory : Buffer.from(structuredClone(buffer, { transfer: [buffer] }));
}
