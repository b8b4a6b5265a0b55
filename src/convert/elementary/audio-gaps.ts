/** Finds what is missing of the audio of a track, by the source's time. */

/** Later than this, and something is missing; below, it is how unevenly frames are stamped. */
const TOLERANCE_MS = 40;
/** Earlier than this, and time went back. */
const BACK_MS = 250;

export type Gap =
  | { readonly kind: 'none' }
  /** To be filled with silence. */
  | { readonly kind: 'silence'; readonly ms: number }
  /** Too long to be filled. */
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'back'; readonly ms: number };

const NONE: Gap = { kind: 'none' };

/** Follows a track from frame to frame. */
export class AudioGaps {
  /** ms of sound so far, silence included. */
  position = 0;

  /**
   * @param next source time at which the first sound is due, ms
   * @param maxSilenceMs a longer gap is not filled
   */
  constructor(
    private next: number,
    private readonly maxSilenceMs: number,
  ) {}

  /** Gives what lies between the frames so far and one at `time`, which comes next. */
  gapBefore(time: number): Gap {
    const ms = time - this.next;
    if (ms > TOLERANCE_MS) {
      this.next = time;
      return { kind: ms <= this.maxSilenceMs ? 'silence' : 'jump', ms };
    }
    if (ms < -BACK_MS) {
      this.next = time;
      return { kind: 'back', ms: -ms };
    }
    return NONE;
  }

  /** Counts a frame. */
  advance(ms: number): void {
    this.next += ms;
    this.position += ms;
  }

  /** Counts silence that fills a gap. */
  fill(ms: number): void {
    this.position += ms;
  }

  /** Source time at which the frames so far end, ms. */
  get end(): number {
    return this.next;
  }
}
