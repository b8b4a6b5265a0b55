/** Work that is done step by step, so that whoever drives it can let others have their turn between two steps. */

/** Yields where a step ends, and returns what came of the work. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** A few ms; all of a chunk as cameras send them takes less. */
const UNITS_PER_STEP = 2_000;
/** Writing so many bytes is one unit of work. */
const BYTES_PER_UNIT = 4_096;

/** Says where a step ends: one counts all the work on a payload, whatever part of it is at hand. */
export class Pace {
  #left = UNITS_PER_STEP;

  /**
   * Counts work that has been done, and says whether the step ends with it: yield then.
   *
   * @param units about a µs each, such as one pass over a frame
   */
  isDue(units = 1): boolean {
    this.#left -= units;
    if (this.#left > 0) {
      return false;
    }
    this.#left = UNITS_PER_STEP;
    return true;
  }

  /** The same for bytes that have been written. */
  isDueAfter(bytes: number): boolean {
    return this.isDue(1 + bytes / BYTES_PER_UNIT);
  }
}

/** Does all steps at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next();
  }
  return step.value;
}
