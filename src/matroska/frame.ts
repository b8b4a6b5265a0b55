/** A frame as a callback gets it: where its bytes lie, until somebody asks for them. */
import { allocateFrame } from './frame-memory';
import type { Track } from './types';

/** The BlockGroup that a frame lies in, with what it says besides the frame, such as BlockDuration and BlockAdditions. */
export interface FrameGroup {
  /** Its child elements, the Block among them: a view. */
  readonly content: Buffer;
  readonly msPerTick: number;
}

/** The memory that a frame lies in. */
export interface FrameHolder {
  /** Gives the memory away for good, if it is these bytes and has nothing in it but those from `start` to `end`. */
  handOver(bytes: Buffer, start: number, end: number): Buffer | undefined;
}

/** Of a frame that lies in memory of its own. */
const ITS_OWN: FrameHolder = { handOver: (bytes) => bytes };

/**
 * One frame, where it lies in the bytes that came in: nothing is cut out or copied before somebody asks, since most of
 * what a small frame costs is the view of it. Its bytes may be overwritten when the callback that got it has returned.
 */
export class Frame {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #holder: FrameHolder | undefined;

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
    /** Owns the memory of `bytes` and can give it away; undefined where nothing gives it away. */
    holder?: FrameHolder,
  ) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#holder = holder;
  }

  get sizeInBytes(): number {
    return this.#end - this.#start;
  }

  /** As stored in the block: a view. */
  get data(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /**
   * Gives `data` together with its memory, which has nothing else in it and which nobody writes to any more. Undefined
   * where the frame lies among other bytes, and so has to be copied.
   */
  handOver(): Buffer | undefined {
    return this.#holder?.handOver(this.#bytes, this.#start, this.#end);
  }

  /** Is `data` a view of the same memory as these bytes? */
  sharesMemoryWith(bytes: Buffer): boolean {
    return this.#bytes === bytes || this.#bytes.buffer === bytes.buffer;
  }

  /** Copies `data` to `target` from `at` on. */
  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at, this.#start, this.#end);
  }

  /** The same frame with its bytes in memory of its own, which nobody overwrites. */
  detachedCopy(): Frame {
    const { track, index, timecodeMs, keyframe, discardable, sizeInBytes, group } = this;
    const own = this.handOver() ?? this.#copy();
    const ownGroup = group && { ...group, content: Buffer.from(group.content) };
    return new Frame(track, index, timecodeMs, keyframe, discardable, own, 0, sizeInBytes, ownGroup, ITS_OWN);
  }

  #copy(): Buffer {
    const copy = allocateFrame(this.sizeInBytes);
    this.copyTo(copy, 0);
    return copy;
  }
}
