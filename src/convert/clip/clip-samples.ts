/** Which samples of a chunk a clip needs, so that it shows a range. Times are in ms, of the clip. */
import { OPUS_RATE } from '../codecs/opus';
import type { MediaTrack } from '../samples/media-track';
import type { Sample } from '../samples/sample';

/** What decoders need of sound before they are right: a frame of AAC, 80 ms of Opus. */
const PREROLL_MS = 150;

export interface ClipWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Selection {
  readonly samples: readonly Sample[];
  readonly durations: readonly number[] | undefined;
  /** Where the last sample shown ends. */
  readonly endMs: number;
}

const NOTHING: Selection = { samples: [], durations: [], endMs: -Infinity };

/**
 * Pictures from the last key frame that is shown when the window begins, or from the first one, up to the last that is
 * shown in the window, with those that are decoded between.
 *
 * @param offsetMs from a sample's time to the clip's
 * @param needsKey decoding begins here
 */
export function picturesIn(
  { samples, lastMs }: MediaTrack,
  offsetMs: number,
  { fromMs, toMs }: ClipWindow,
  needsKey: boolean,
): Selection {
  const timeOf = ({ timeMs }: Sample): number => timeMs + offsetMs;
  let begin = needsKey ? -1 : 0;
  let end = 0;
  for (const [i, sample] of samples.entries()) {
    const time = timeOf(sample);
    if (needsKey && sample.keyframe && (begin < 0 || time <= fromMs)) {
      begin = i;
    }
    if (time < toMs) {
      end = i + 1;
    }
  }
  const kept = begin < 0 ? [] : samples.slice(begin, end);
  const latest = kept.reduce((last, sample) => Math.max(last, timeOf(sample)), -Infinity);
  // Nothing tells how long the last picture is shown but those before it.
  const endMs = toMs - (latest + lastMs) < lastMs ? Math.max(toMs, latest + lastMs) : latest + lastMs;
  return { samples: kept, durations: undefined, endMs };
}

/** Frames of which anything is in the window, of what needs no other frames. */
export function framesIn(
  { samples, lastMs }: MediaTrack,
  offsetMs: number,
  { fromMs, toMs }: ClipWindow,
): Selection {
  const timeOf = (i: number): number | undefined => {
    const sample = samples[i];
    return sample && sample.timeMs + offsetMs;
  };
  const kept = samples.filter((sample, i) => {
    const time = sample.timeMs + offsetMs;
    return time < toMs && (timeOf(i + 1) ?? time + lastMs) > fromMs;
  });
  const last = kept.at(-1);
  return last === undefined
    ? NOTHING
    : { samples: kept, durations: undefined, endMs: last.timeMs + offsetMs + lastMs };
}

/** Sound of the window, with what its decoder needs before it. */
export function soundIn(track: MediaTrack, offsetMs: number, { fromMs, toMs }: ClipWindow): Selection {
  const { samples, durations = [], media } = track;
  const rate = media.name === 'aac' ? media.configuration.samplingFrequency : OPUS_RATE;
  const timeOf = (i: number): number => (samples[i]?.timeMs ?? 0) + offsetMs;
  let begin = 0;
  let end = samples.length;
  while (begin < end && timeOf(begin) <= fromMs - PREROLL_MS) {
    begin += 1;
  }
  while (end > begin && timeOf(end - 1) >= toMs) {
    end -= 1;
  }
  return begin === end
    ? NOTHING
    : {
        samples: samples.slice(begin, end),
        durations: durations.slice(begin, end),
        endMs: timeOf(end - 1) + ((durations[end - 1] ?? 0) * 1_000) / rate,
      };
}
