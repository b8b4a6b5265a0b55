/** Which frames become pictures, where not all do. */

/** Time that goes back further begins a new session; frames that are decoded before earlier ones do not go back so far. */
const MOST_BACK_MS = 1_000;
/** Rounding by producer and service: a frame that is so much too early counts for the next period. */
const UNEVEN_MS = 5;

/**
 * Takes the first frame of each period, so that there are as many pictures as periods, however the frames lie in them. The
 * first frame of all begins the first period.
 */
export class PictureSchedule {
  #origin = 0;
  /** Undefined before the first frame. */
  #latest: number | undefined;
  /** Periods of the last second that have their picture. */
  readonly #taken = new Set<number>();

  /** @param intervalMs length of a period; 0: every frame is taken */
  constructor(private readonly intervalMs: number) {}

  /** Whether a frame becomes a picture. @param time when it is shown, ms. Frames come in the order of decoding */
  isDue(time: number): boolean {
    if (this.#latest === undefined || time < this.#latest - MOST_BACK_MS) {
      this.reset();
      this.#origin = time;
      this.#latest = time;
    }
    this.#latest = Math.max(this.#latest, time);
    if (this.intervalMs === 0) {
      return true;
    }
    const tolerance = Math.min(UNEVEN_MS, this.intervalMs / 10);
    const periodOf = (at: number): number => Math.floor((at - this.#origin + tolerance) / this.intervalMs);
    const period = periodOf(time);
    if (time < this.#origin || this.#taken.has(period)) {
      return false;
    }
    const oldest = periodOf(this.#latest - MOST_BACK_MS);
    for (const taken of this.#taken) {
      if (taken < oldest) {
        this.#taken.delete(taken);
      }
    }
    this.#taken.add(period);
    return true;
  }

  /** The next frame begins the first period. */
  reset(): void {
    this.#latest = undefined;
    this.#taken.clear();
  }
}
