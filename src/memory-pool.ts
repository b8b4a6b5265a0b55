/** Memory that several take small pieces of. */
import { markAsUntransferable } from 'node:worker_threads';

const ALIGNMENT = 8;

/**
 * Gives pieces of slabs, one after the other. A slab is freed when nobody has any of its pieces. Memory of its own for
 * each would be looked for, counted and freed by itself, which costs more than to fill it where it is small.
 */
export class MemoryPool {
  #slab: ArrayBufferLike | undefined;
  #used = 0;
  /** Where in the slab the last piece begins. */
  #last = 0;

  /**
   * A piece that nobody else has or gets, with anything in it.
   *
   * @param slabBytes of the next slab, where this one has no room
   */
  take(bytes: number, slabBytes: number): Buffer {
    if (this.#slab === undefined || this.#used + bytes > this.#slab.byteLength) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes)).buffer;
      // Whoever hands one piece to a worker would take the slab from all others.
      markAsUntransferable(this.#slab);
      this.#used = 0;
    }
    this.#last = this.#used;
    this.#used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return Buffer.from(this.#slab, this.#last, bytes);
  }

  /** Takes the last piece back, which nobody has kept. */
  takeBack(piece: Buffer): void {
    if (piece.buffer === this.#slab) {
      this.#used = this.#last;
    }
  }

  /** The next piece is one of a new slab. */
  release(): void {
    this.#slab = undefined;
  }
}
