/**
 * Finds where the pictures of M-JPEG change their size. Each says its own, and the track need not say it again; but a decoder
 * that is not told scales what follows to the size with which it began.
 */
import { jpegSize, type JpegSize } from '../codecs/jpeg';
import type { SourceTrack } from '../input/source-track';
import type { MediaTrack } from '../samples/media-track';
import type { Sample } from '../samples/sample';
import type { StepBudget, Steps } from '../steps';

/** Frames of one size, in a row. */
export interface JpegRun {
  readonly media: MediaTrack;
  /** Undefined where the frames do not say it. */
  readonly size?: JpegSize | undefined;
  /** The size of the track's first frame, which is the one that the track declares. */
  readonly first?: JpegSize | undefined;
}

export class JpegRuns {
  readonly #firsts = new WeakMap<SourceTrack, JpegSize>();

  /** Gives the frames in runs. All are key frames, whatever their blocks say. */
  *of(media: MediaTrack, budget: StepBudget): Steps<readonly JpegRun[]> {
    const { track, samples } = media;
    let first = this.#firsts.get(track);
    const runs: { readonly size: JpegSize | undefined; readonly samples: Sample[] }[] = [];
    for (const sample of samples) {
      const last = runs.at(-1);
      const size = jpegSize(sample.data) ?? last?.size ?? first;
      first ??= size;
      const run = last !== undefined && isSame(last.size, size) ? last : { size, samples: [] };
      if (run !== last) {
        runs.push(run);
      }
      run.samples.push(sample.keyframe ? sample : { ...sample, keyframe: true });
      if (budget.spend()) {
        yield;
      }
    }
    if (first !== undefined) {
      this.#firsts.set(track, first);
    }
    return runs.map((run, i) => ({
      media: { ...media, samples: run.samples, lastMs: lastMsOf(run.samples, runs[i + 1]?.samples, media) },
      size: run.size,
      first,
    }));
  }
}

export function isSame(one: JpegSize | undefined, other: JpegSize | undefined): boolean {
  return one?.width === other?.width && one?.height === other?.height;
}

/** The last frame of a run lasts until the next run. */
function lastMsOf(
  samples: readonly Sample[],
  next: readonly Sample[] | undefined,
  { lastMs }: MediaTrack,
): number {
  const untilNext = (next?.[0]?.timeMs ?? NaN) - (samples.at(-1)?.timeMs ?? NaN);
  return untilNext >= 0 ? untilNext : lastMs;
}
