/** Where the sound of a track has come to by the source's time, and what is missing before a frame. */

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

export class AudioLine {
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

  /** What lies between what has come and a frame at `time`; the line then stands at the frame. */
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

  advance(ms: number): void {
    this.next += ms;
    this.position += ms;
  }

  /** Silence that was put in: the line stands behind it already. */
  filled(ms: number): void {
    this.position += ms;
  }

  get end(): number {
    return this.next;
  }
}
