/** A frame as a callback gets it: where its bytes lie, until somebody asks for them. */
import type { Track } from './types';

/** The BlockGroup that a frame lies in, with what it says besides the frame, such as BlockDuration and BlockAdditions. */
export interface FrameGroup {
  /** Its child elements, the Block among them: a view. */
  readonly content: Buffer;
  readonly msPerTick: number;
}

/** Whoever has the memory that a frame lies in. */
export interface FrameHolder {
  /** Gives the bytes away for good, if they are those from `start` to `end` and nobody else has any of them. */
  handOver(bytes: Buffer, start: number, end: number): Buffer | undefined;
  /** Memory for a frame that has to be copied, with anything in it. */
  allocate(bytes: number): Buffer;
}

/** Of a frame that nobody else writes to or gives away. */
const ITS_OWN: FrameHolder = {
  handOver: (bytes) => bytes,
  allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
};

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
    /** Undefined for a frame that is always copied, into memory of its own. */
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
   * `data` for good: nobody else writes to these bytes or gives them away. They are copied where they have to be. To be
   * called within the callback that got the frame; of a detached copy, at any time.
   */
  own(): Buffer {
    const { sizeInBytes } = this;
    const given = this.#holder?.handOver(this.#bytes, this.#start, this.#end);
    if (given !== undefined) {
      return given;
    }
    const copy = this.#holder?.allocate(sizeInBytes) ?? Buffer.allocUnsafeSlow(sizeInBytes);
    this.copyTo(copy, 0);
    return copy;
  }

  /** Is `data` a view of the same memory as these bytes? */
  sharesMemoryWith(bytes: Buffer): boolean {
    return this.#bytes === bytes || this.#bytes.buffer === bytes.buffer;
  }

  /** Copies `data` to `target` from `at` on. */
  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at, this.#start, this.#end);
  }

  /** The same frame with bytes that nobody overwrites. */
  detachedCopy(): Frame {
    const { track, index, timecodeMs, keyframe, discardable, sizeInBytes, group } = this;
    const ownGroup = group && { ...group, content: Buffer.from(group.content) };
    return new Frame(
      track,
      index,
      timecodeMs,
      keyframe,
      discardable,
      this.own(),
      0,
      sizeInBytes,
      ownGroup,
      ITS_OWN,
    );
  }
}
