/**
 * Finds the NAL units of a frame with start codes (ISO/IEC 14496-10, annex B), as far at a time as the caller likes. The
 * time grows with the length of the frame alone, also where it is all zeros.
 */

export class StartCodeScan {
  /** Start and end of each NAL unit so far, one after the other. Zero bytes around start codes belong to none. */
  readonly nals: number[] = [];
  /** The frame does not begin with a start code, or has more NAL units than are allowed. */
  hasFailed = false;

  /** Position of the byte that may be the last one of a start code. */
  #at = 0;
  /** Where the current NAL unit begins; -1 before the first start code. */
  #start = -1;
  /** The last zeros that were seen in a row. */
  #zerosFrom = -1;
  #lastZero = -2;

  /** @param mostPositions starts and ends that `nals` may have */
  constructor(
    private readonly frame: Buffer,
    private readonly mostPositions: number,
  ) {}

  /** Reads up to a position in the frame. Gives whether that was the rest of it. */
  read(until: number): boolean {
    const { frame } = this;
    const to = Math.min(until, frame.length);
    let at = this.#at;
    while (at < to && !this.hasFailed) {
      const byte = frame[at];
      if (byte === 0) {
        this.#zerosFrom = at === this.#lastZero + 1 ? this.#zerosFrom : at;
        this.#lastZero = at;
        at += 1;
        continue;
      }
      if (byte === 1 && at >= 2 && frame[at - 1] === 0 && frame[at - 2] === 0) {
        this.#endUnit(at - 2);
        this.#start = at + 1;
      } else if (this.#start < 0) {
        this.hasFailed = true;
      }
      // No start code can end on the next two bytes, since this one is none of its zeros.
      at += 3;
    }
    this.#at = at;
    if (at >= frame.length && !this.hasFailed) {
      this.#endUnit(frame.length);
    }
    return at >= frame.length || this.hasFailed;
  }

  #endUnit(before: number): void {
    const start = this.#start;
    let end = before;
    while (end > start && this.frame[end - 1] === 0) {
      const isSeen = end > this.#zerosFrom && end - 1 <= this.#lastZero;
      end = isSeen ? Math.max(this.#zerosFrom, start) : end - 1;
    }
    if (start >= 0 && end > start) {
      this.nals.push(start, end);
      this.hasFailed = this.nals.length > this.mostPositions;
    }
  }
}
