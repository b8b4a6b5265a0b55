/** The memory of the frames that go out in messages. */
import { MemoryPool } from '../../src/memory-pool';
import type { Frame } from '../../src/matroska';

const SLAB_BYTES = 16 * 1024;
/** So small that several fit a slab. */
const MAX_SMALL_FRAME_BYTES = SLAB_BYTES / 16;

/** Memory for the frames of one node. Small ones share theirs with nothing but other small ones of the same node. */
export class FrameMemory {
  readonly #small = new MemoryPool();

  /** The frame's bytes for good: nobody else writes to them. */
  own(frame: Frame): Buffer {
    const { sizeInBytes } = frame;
    if (sizeInBytes > MAX_SMALL_FRAME_BYTES) {
      return frame.own();
    }
    const copy = this.#small.take(sizeInBytes, SLAB_BYTES);
    frame.copyTo(copy, 0);
    return copy;
  }
}
