/** Work that is done step by step, so that whoever drives it can let others have their turn between two steps. */

/** Yields at the end of each step, and returns the result of the work. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** A few ms; all of a chunk as cameras send them takes less. */
const UNITS_PER_STEP = 2_000;
/** Writing so many bytes is one unit of work. */
const BYTES_PER_UNIT = 4_096;

/** The work that one step may do. One budget counts all the work on a payload, and begins anew with each step. */
export class StepBudget {
  #left = UNITS_PER_STEP;

  /**
   * Counts work that has been done. True when it used up the budget of the step: then yield.
   *
   * @param units about a µs each, such as one pass over a frame
   */
  spend(units = 1): boolean {
    this.#left -= units;
    if (this.#left > 0) {
      return false;
    }
    this.#left = UNITS_PER_STEP;
    return true;
  }

  /** Counts bytes that have been written, as `spend` does. */
  spendBytes(bytes: number): boolean {
    return this.spend(1 + bytes / BYTES_PER_UNIT);
  }
}

/** So much is copied at once. */
const COPY_BYTES = 1024 * 1024;

/** Is it so much that copying it takes several steps? */
export function isLarge(bytes: number): boolean {
  return bytes > COPY_BYTES;
}

/** Copies `source` from `from` to `to`, to `target` from `at` on. Returns the position after it. */
export function* copyInSteps(
  source: Buffer,
  from: number,
  to: number,
  target: Buffer,
  at: number,
  budget: StepBudget,
): Steps<number> {
  let end = at;
  for (let begin = from; begin < to; begin += COPY_BYTES) {
    const bytes = source.copy(target, end, begin, Math.min(begin + COPY_BYTES, to));
    end += bytes;
    if (budget.spendBytes(bytes)) {
      yield;
    }
  }
  return end;
}

/** Does all steps at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next();
  }
  return step.value;
}
