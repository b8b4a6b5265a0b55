/** How long frames last. */
import { greatest, least } from '../extremes';
import { typicalStep } from './sample-times';

/** Fragments last 20 s at most, so pictures of a stream that has one in each are no farther apart. */
export const MAX_STEP_MS = 20_000;

/** A hole is a gap where it is longer than this and than so many frames; a shorter one belongs to the frame before it. */
const MIN_GAP_MS = 1_000;
const MIN_GAP_STEPS = 3;

/** How long a hole in tracks with frames of such lengths may be. The track with the shortest ones decides, ms. */
export function longestHole(steps: readonly (number | undefined)[]): number {
  const known = steps.filter((step) => step !== undefined);
  return known.length === 0 ? MAX_STEP_MS : Math.max(MIN_GAP_MS, MIN_GAP_STEPS * least(known));
}

/** Learns from chunk to chunk how long the frames of a track last, for the last one, after which nothing is known yet. */
export class FrameStep {
  #learnt: number | undefined;
  /** Producer's time of the last frame so far, ms. */
  #last: number | undefined;

  /** Length of a frame as learnt so far, ms; undefined before the second frame. */
  get learnt(): number | undefined {
    return this.#learnt;
  }

  /**
   * Learns from the frames of a chunk: from the steps between them or, where there is one frame, from the step to the
   * last frame of the chunk before.
   *
   * @param times ms from the chunk's first cluster
   * @param producer when that begins by the producer's clock, ms
   */
  learn(times: readonly number[], producer: number | undefined): void {
    if (times.length === 0) {
      return;
    }
    const within = typicalStep(times) ?? 0;
    const between = producer === undefined ? 0 : producer + least(times) - (this.#last ?? NaN);
    if (within > 0) {
      this.#learnt = within;
    } else if (between > 0 && between <= MAX_STEP_MS) {
      this.#learnt = between;
    }
    this.#last = producer === undefined ? undefined : producer + greatest(times);
  }
}
