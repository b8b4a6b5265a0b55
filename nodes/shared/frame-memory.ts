/** The memory of the frames that go out in messages. */
import { allocateFrame, MemoryPool, type Frame } from '../../src/matroska';

const SLAB_BYTES = 16 * 1024;
/** So small that several fit a slab. */
const MAX_SMALL_FRAME_BYTES = SLAB_BYTES / 16;

/** Memory for the frames of one node. Small ones share theirs with nothing but other small ones of the same node. */
export class FrameMemory {
  readonly #small = new MemoryPool(SLAB_BYTES);

  /** The frame's bytes in memory that is never written again: a copy, unless that of a large one is handed over. */
  own(frame: Frame): Buffer {
    const { sizeInBytes } = frame;
    const isSmall = sizeInBytes <= MAX_SMALL_FRAME_BYTES;
    const given = isSmall ? undefined : frame.handOver();
    if (given !== undefined) {
      return given;
    }
    const copy = isSmall ? this.#small.take(sizeInBytes) : allocateFrame(sizeInBytes);
    frame.copyTo(copy, 0);
    return copy;
  }
}
