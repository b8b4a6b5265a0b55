/** Memory for the frames of one reader that are handed out. */
import { raiseTrimThreshold } from './malloc-trim-threshold';
import { MemoryPool } from './memory-pool';

/** Of frames that share a slab: smaller ones would keep many times their size, of larger ones few fit. */
const LEAST_FRAME_BYTES = 4 * 1024;
const MOST_FRAME_BYTES = 64 * 1024;
const MOST_SLAB_BYTES = 256 * 1024;

/**
 * Frames that come in a row, with none of another reader between them, share slabs: fast media, where memory of its own
 * for each frame is a tenth of the CPU time. Where cameras take turns, each frame gets memory of its own. A slab would
 * last so long there that only full garbage collections freed it; and with the frames of several cameras in it, whoever
 * keeps those of one would keep those of all.
 */
export class FrameSlabs {
  readonly #pool = new MemoryPool();
  /** Bytes of the frames in this row. */
  #inRow = 0;

  /** Memory for one frame, with anything in it. */
  allocate(bytes: number): Buffer {
    continueRow(this);
    // A slab is at most as large as what came before it in the row: all frames of a row keep no more than twice their size.
    const slabBytes = Math.min(this.#inRow, MOST_SLAB_BYTES);
    this.#inRow += bytes;
    if (bytes < LEAST_FRAME_BYTES || bytes > MOST_FRAME_BYTES || slabBytes < MOST_FRAME_BYTES) {
      return Buffer.allocUnsafeSlow(bytes);
    }
    raiseTrimThreshold();
    return this.#pool.take(bytes, slabBytes);
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
