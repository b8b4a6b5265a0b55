/** When samples are decoded and presented in files, in ticks of their track. */
import { greatest, least } from '../extremes';

export interface SampleTimes {
  readonly decode: readonly number[];
  readonly presentation: readonly number[];
  readonly lastDuration: number;
}

/** Where a track has come to, in ticks. */
export interface TrackEnd {
  /** Where the last sample shown ends. */
  readonly end: number;
  readonly decode: number;
}

const MIN_AUDIO_TOLERANCE_SECONDS = 0.005;

/**
 * Times of video. Matroska gives the time at which a frame is shown and the order in which frames are decoded; where
 * these differ (B-frames), decode times are the same times, in order, earlier by a delay that stays the same. A hole
 * before the first frame is closed, since browsers stop at holes: that frame is shown from where the last one ends.
 *
 * @param delay by which frames are decoded before they are shown, at least
 */
export function videoTimes(
  shown: readonly number[],
  delay: number,
  lastDuration: number,
  before: TrackEnd | undefined,
): SampleTimes {
  const presentation = [...shown];
  const sorted = isOrdered(shown, 0) ? presentation : ordered(shown);
  const first = sorted[0] ?? 0;
  let lasts = lastDuration;
  if (before !== undefined && first > before.end) {
    lasts += presentation.length === 1 ? first - before.end : 0;
    presentation[presentation.indexOf(first)] = before.end;
    sorted[0] = before.end;
  }
  let last = before?.decode ?? -1;
  const decode = Array.from(sorted, (time) => (last = Math.max(last + 1, time - delay)));
  return { decode, presentation, lastDuration: lasts };
}

/** By how much frames have to be decoded before the time at which they are shown, so that none comes too late. */
export function reorderDelay(shown: readonly number[]): number {
  if (isOrdered(shown, 0)) {
    return 0;
  }
  const sorted = ordered(shown);
  return shown.reduce((delay, time, i) => Math.max(delay, (sorted[i] ?? time) - time), 0);
}

function ordered(times: readonly number[]): Float64Array {
  return Float64Array.from(times).sort();
}

/**
 * Takes steps back out of the times of frames, which a clock that was set leaves within a chunk: what comes after such a
 * step follows the media before it. Frames that are decoded in another order than shown are not steps.
 *
 * @param times in the order of decoding, ms
 * @param reordered how many frames may be decoded before one that is shown earlier
 * @param stepMs from one frame to the next
 * @param toleranceMs up to which going back is no step
 */
export function withoutStepsBack(
  times: readonly number[],
  reordered: number,
  stepMs: number,
  toleranceMs: number,
): readonly number[] {
  if (isOrdered(times, toleranceMs)) {
    return times;
  }
  /** Pictures of a stream that has few a second may be reordered by seconds. */
  const spacingMs = reordered === 0 ? stepMs : Math.max(stepMs, typicalStep(times) ?? 0);
  let shift = 0;
  /** The latest times so far, one more than may be reordered, the latest first. */
  let latest: number[] = [];
  let step: ClockStep | undefined;
  const steady = times.map((given, i) => {
    if (step !== undefined && i <= step.until && isBefore(step, given)) {
      return given + step.shift;
    }
    let time = given + shift;
    const earliest = latest[reordered] ?? (latest.at(-1) ?? -Infinity) - reordered * spacingMs;
    if (time < earliest - toleranceMs) {
      const window = times.slice(i, i + reordered + 1);
      const found = { shift, until: i + reordered, last: (latest[0] ?? 0) - shift, first: given };
      const end = greatest([found.last, ...window.filter((one) => isBefore(found, one))]);
      const begin = least(window.filter((one) => !isBefore(found, one)));
      step = found;
      shift += end + stepMs - begin;
      time = given + shift;
      latest = [];
    }
    const at = latest.findIndex((one) => one < time);
    latest.splice(at < 0 ? latest.length : at, 0, time);
    latest.length = Math.min(latest.length, reordered + 1);
    return time;
  });
  return shift === 0 ? times : steady;
}

/** Where a clock was set back; times as they were given, ms. */
interface ClockStep {
  /** What was added to times before it. */
  readonly shift: number;
  /** Position of the last frame that may be one from before it: it may be decoded after the first one from after it. */
  readonly until: number;
  readonly last: number;
  readonly first: number;
}

/** Is it the time of a frame by the clock as it was before the step? */
function isBefore({ last, first }: ClockStep, given: number): boolean {
  return Math.abs(given - last) < Math.abs(given - first);
}

function isOrdered(times: readonly number[], toleranceMs: number): boolean {
  let latest = times[0] ?? 0;
  for (let i = 1; i < times.length; i++) {
    const time = times[i] ?? 0;
    if (time < latest - toleranceMs) {
      return false;
    }
    latest = time > latest ? time : latest;
  }
  return true;
}

/**
 * Times of audio, which is played by counting samples: one follows the other without a hole, as long as the times that
 * the producer gave do not say that something is missing.
 *
 * @param given as the producer gave them
 * @param durations of the samples
 */
export function audioTimes(
  given: readonly number[],
  durations: readonly number[],
  timescale: number,
  before: TrackEnd | undefined,
): SampleTimes {
  const times: number[] = [];
  let next = before?.end;
  let last = before?.decode ?? -1;
  for (const [i, time] of given.entries()) {
    const duration = durations[i] ?? 0;
    const tolerance = Math.max(duration * 0.75, timescale * MIN_AUDIO_TOLERANCE_SECONDS);
    const follows = next !== undefined && (Math.abs(time - next) <= tolerance || (i === 0 && time > next));
    last = Math.max(last + 1, follows && next !== undefined ? next : time);
    times.push(last);
    next = last + duration;
  }
  return { decode: times, presentation: times, lastDuration: durations.at(-1) ?? 0 };
}

/** The middle one of the steps between times, as the length of a frame; undefined where there are none. */
export function typicalStep(times: readonly number[]): number | undefined {
  const sorted = isOrdered(times, 0) ? times : ordered(times);
  const steps = new Float64Array(Math.max(0, sorted.length - 1));
  for (let i = 0; i < steps.length; i++) {
    steps[i] = (sorted[i + 1] ?? 0) - (sorted[i] ?? 0);
  }
  return steps.sort()[steps.length >> 1];
}
