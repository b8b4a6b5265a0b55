/** A frame as a callback gets it: where its bytes lie, until somebody asks for them. */
import type { Track } from './types';

/** The BlockGroup that a frame lies in, with what it says besides the frame, such as BlockDuration and BlockAdditions. */
export interface FrameGroup {
  /** Its child elements, the Block among them: a view. */
  readonly content: Buffer;
  readonly msPerTick: number;
}

/**
 * One frame, where it lies in the bytes that came in: nothing is cut out or copied before somebody asks, since most of
 * what a small frame costs is the view of it. Its bytes may be overwritten when the callback that got it has returned.
 */
export class Frame {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  /** The frame is `bytes` from `start` to `end`. */
  constructor(
    readonly track: Track,
    /** Counts from 0 over all frames of the chunk, all tracks. */
    readonly index: number,
    /** ms: the block's time within its cluster (within the first one, if a chunk has several); may be negative. */
    readonly timecodeMs: number,
    readonly keyframe: boolean,
    readonly discardable: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    /** Undefined for a frame of a SimpleBlock. */
    readonly group?: FrameGroup,
  ) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get sizeInBytes(): number {
    return this.#end - this.#start;
  }

  /** As stored in the block: a view. */
  get data(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** There is nothing else in the memory that `data` is a view of, so that it may be kept as it is. */
  get fillsItsMemory(): boolean {
    return this.#bytes.buffer.byteLength === this.sizeInBytes;
  }

  /** Is `data` a view of the same memory as these bytes? */
  sharesMemoryWith(bytes: Buffer): boolean {
    return this.#bytes === bytes || this.#bytes.buffer === bytes.buffer;
  }

  /** Copies `data` to `target` from `at` on. */
  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at, this.#start, this.#end);
  }

  /** A copy with its bytes in their own memory, which nobody overwrites. */
  detachedCopy(): Frame {
    const { track, index, timecodeMs, keyframe, discardable, sizeInBytes, group } = this;
    const own = Buffer.allocUnsafeSlow(sizeInBytes);
    this.copyTo(own, 0);
    const ownGroup = group && { ...group, content: Buffer.from(group.content) };
    return new Frame(track, index, timecodeMs, keyframe, discardable, own, 0, sizeInBytes, ownGroup);
  }
}
