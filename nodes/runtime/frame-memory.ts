const BLOCK_BYTES = 8 * 1024;
/** So small that several fit a block. */
const MAX_SMALL_FRAME_BYTES = BLOCK_BYTES / 8;
const ALIGNMENT = 8;

/**
 * Memory for the frames of one node. Small ones get pieces of a block that they share with nothing but other frames:
 * memory of its own for each costs more than all else that is done for a small frame, most of it when it is freed.
 */
export class FrameMemory {
  #block = Buffer.allocUnsafeSlow(0);
  #used = 0;

  /** The frame in memory that is never written again: a copy, unless that is so already. */
  own(data: Buffer): Buffer {
    const { length } = data;
    if (data.buffer.byteLength === length) {
      return data;
    }
    if (length > MAX_SMALL_FRAME_BYTES) {
      const copy = Buffer.allocUnsafeSlow(length);
      data.copy(copy);
      return copy;
    }
    if (this.#used + length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#used = 0;
    }
    const piece = this.#block.subarray(this.#used, this.#used + length);
    data.copy(piece);
    this.#used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return piece;
  }
}
