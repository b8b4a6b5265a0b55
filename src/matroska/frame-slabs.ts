/** Memory for the frames of one reader that are handed out. */
import { raiseTrimThreshold } from './malloc-trim-threshold';
import { MemoryPool } from '../memory-pool';

/** Of frames that share a slab: smaller ones would keep many times their size, of larger ones few fit. */
const LEAST_FRAME_BYTES = 4 * 1024;
const MOST_FRAME_BYTES = 64 * 1024;
const MOST_SLAB_BYTES = 256 * 1024;

/**
 * Frames that come in a row, with none of another reader between them, share slabs: memory of its own for each is a tenth
 * of the CPU time of what is read fast. Where cameras take turns, each frame gets memory of its own. Slabs for each camera
 * would last so long that only full garbage collections freed them; and with the frames of several cameras in a slab,
 * whoever keeps those of one would keep those of all.
 */
export class FrameSlabs {
  readonly #pool = new MemoryPool();
  /** Bytes of the frames in this row. */
  #inRow = 0;

  /** Memory for one frame, with anything in it. */
  allocate(bytes: number): Buffer {
    continueRow(this);
    // A slab is at most as large as what came before it in the row, and its unused end smaller than the next frame: all
    // frames of a row keep less than three times their size.
    const slabBytes = Math.min(this.#inRow, MOST_SLAB_BYTES);
    this.#inRow += bytes;
    if (bytes < LEAST_FRAME_BYTES || bytes > MOST_FRAME_BYTES || slabBytes < MOST_FRAME_BYTES) {
      return Buffer.allocUnsafeSlow(bytes);
    }
    raiseTrimThreshold();
    return this.#pool.take(bytes, slabBytes);
  }

  /** Takes back the memory that was allocated last, which nobody has kept. */
  takeBack(memory: Buffer): void {
    this.#inRow = Math.max(0, this.#inRow - memory.length);
    this.#pool.takeBack(memory);
  }

  /** A frame of another reader comes. */
  endRow(): void {
    this.#pool.release();
    this.#inRow = 0;
  }
}

/** Whose frame came last, of all readers of the process. */
let last = new FrameSlabs();

/** Ends the row of another reader, if there is one. */
function continueRow(slabs: FrameSlabs): void {
  if (last !== slabs) {
    last.endRow();
    last = slabs;
  }
}
