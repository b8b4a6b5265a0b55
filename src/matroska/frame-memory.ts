/** Memory for the frames that are handed out. */
import { raiseTrimThreshold } from './malloc-trim-threshold';
import { MemoryPool } from './memory-pool';

const SLAB_BYTES = 256 * 1024;
/** Whoever keeps one frame keeps its slab: at most so many times as much. */
const MOST_PER_FRAME = 64;
/** So large that few fit a slab, which would be left half empty. */
const LEAST_PER_SLAB = 4;

/** Of all streams, so that hundreds of cameras do not each hold a slab of their own. */
const pool = new MemoryPool(SLAB_BYTES);

/** Memory for one frame, with anything in it; frames of the usual sizes share slabs with one another. */
export function allocateFrame(bytes: number): Buffer {
  if (bytes < SLAB_BYTES / MOST_PER_FRAME || bytes > SLAB_BYTES / LEAST_PER_SLAB) {
    return Buffer.allocUnsafeSlow(bytes);
  }
  raiseTrimThreshold();
  return pool.take(bytes);
}
