/** The memory of the frames that go out in messages. */
import { markAsUntransferable } from 'node:worker_threads';
import type { Frame } from '../../src/matroska';

const BLOCK_BYTES = 16 * 1024;
/** So small that several fit a block. */
const MAX_SMALL_FRAME_BYTES = BLOCK_BYTES / 16;
const ALIGNMENT = 8;

/**
 * Memory for the frames of one node. Small ones get pieces of a block that they share with nothing but other frames:
 * memory of its own for each costs more than all else that is done for a small frame, most of it when it is freed.
 */
export class FrameMemory {
  #block = Buffer.allocUnsafeSlow(0);
  #used = 0;

  /** The frame's bytes in memory that is never written again: a copy, unless that of a large one is handed over. */
  own(frame: Frame): Buffer {
    const { sizeInBytes } = frame;
    if (sizeInBytes > MAX_SMALL_FRAME_BYTES) {
      const own = frame.handOver();
      if (own !== undefined) {
        return own;
      }
      const copy = Buffer.allocUnsafeSlow(sizeInBytes);
      frame.copyTo(copy, 0);
      return copy;
    }
    if (this.#used + sizeInBytes > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      // Whoever hands one frame's memory to a worker would take it from all others.
      markAsUntransferable(this.#block.buffer);
      this.#used = 0;
    }
    const start = this.#used;
    frame.copyTo(this.#block, start);
    this.#used += Math.ceil(sizeInBytes / ALIGNMENT) * ALIGNMENT;
    return Buffer.from(this.#block.buffer, start, sizeInBytes);
  }
}
