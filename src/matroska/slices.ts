import type { Kept } from './input';

/** Slices below this are gathered: a reference to each would cost more than the copy. */
const SMALL_SLICE = 1024;
const GATHER_BLOCK = 16 * 1024;

/** Keeps references to what came in. */
export class KeptSlices implements Kept {
  start = 0;
  end = 0;

  #pieces: Buffer[] = [];
  #block: Buffer | undefined;
  /** Bytes of the block that are in use, and of these the ones already among the pieces. */
  #filled = 0;
  #flushed = 0;

  get length(): number {
    return this.end - this.start;
  }

  clear(): void {
    if (this.end > this.start) {
      this.#pieces = [];
      this.#filled = 0;
      this.#flushed = 0;
    }
    this.start = 0;
    this.end = 0;
  }

  append(bytes: Buffer, offset: number): void {
    if (this.end === this.start) {
      this.start = offset;
    }
    this.end = offset + bytes.length;
    if (bytes.length >= SMALL_SLICE) {
      this.#flush();
      this.#pieces.push(bytes);
      return;
    }
    if (this.#block === undefined || this.#filled + bytes.length > GATHER_BLOCK) {
      this.#flush();
      this.#block = Buffer.allocUnsafeSlow(GATHER_BLOCK);
      this.#filled = 0;
      this.#flushed = 0;
    }
    bytes.copy(this.#block, this.#filled);
    this.#filled += bytes.length;
  }

  dropBefore(offset: number): void {
    const rest = Buffer.allocUnsafe(Math.max(this.end - offset, 0));
    this.copy(offset, this.end, rest);
    this.clear();
    if (rest.length > 0) {
      this.append(rest, offset);
    }
  }

  copy(from: number, to: number, target: Buffer): void {
    this.#flush();
    let pieceEnd = this.end;
    for (let i = this.#pieces.length - 1; i >= 0 && pieceEnd > from; i--) {
      const piece = this.#pieces[i];
      if (piece !== undefined) {
        const pieceStart = pieceEnd - piece.length;
        const first = Math.max(from, pieceStart);
        const last = Math.min(to, pieceEnd);
        if (first < last) {
          piece.copy(target, first - from, first - pieceStart, last - pieceStart);
        }
        pieceEnd = pieceStart;
      }
    }
  }

  take(): Buffer[] {
    this.#flush();
    const pieces = this.#pieces;
    this.#block = undefined;
    this.clear();
    return pieces;
  }

  #flush(): void {
    if (this.#block !== undefined && this.#filled > this.#flushed) {
      this.#pieces.push(this.#block.subarray(this.#flushed, this.#filled));
      this.#flushed = this.#filled;
    }
  }
}
