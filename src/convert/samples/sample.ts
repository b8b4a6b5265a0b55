/** Samples: frames as a file holds them, written with the one copy of their bytes. */
import type { Frame } from '../../matroska';
import { type NalUnits, writeLengthPrefixed, writeNalsInSteps } from '../codecs/nal-units';
import type { VideoConfiguration } from '../codecs/parameter-sets';
import { copyInSteps, type StepBudget, type Steps } from '../steps';

/** Bytes of a sample that lie in one piece. */
export interface SamplePart {
  readonly data: Buffer;
  /** Where the NAL units of a frame of H.264 or H.265 lie in it; undefined for other codecs. */
  readonly nals: NalUnits | undefined;
  /** `data` is written as it is; else its NAL units, with a length of 4 bytes before each. */
  readonly asIs: boolean;
}

/** A frame as a file holds it: where its bytes are, and how many they become. Nothing has been copied yet. */
export interface Sample extends SamplePart {
  /** Parts after the first, where a picture came in several blocks. */
  readonly more: readonly SamplePart[] | undefined;
  /** Its frame's place in the chunk, all tracks. */
  readonly index: number;
  /** Bytes once written. */
  readonly size: number;
  /** When it is shown, ms from the chunk's first cluster. */
  readonly timeMs: number;
  readonly keyframe: boolean;
  readonly discardable: boolean;
  /** What a decoder that begins with this key frame of H.264 or H.265 has to be told. */
  readonly configuration: VideoConfiguration | undefined;
}

/** A frame that is written as it is. */
export function plainSample({ index, data, timecodeMs, keyframe, discardable }: Frame): Sample {
  return sampleOf(index, data, data.length, timecodeMs, keyframe, discardable);
}

/** Sound that is written as it is. @param size of what is written, where that is not the data itself */
export function audioSample(index: number, data: Buffer, timeMs: number, size = data.length): Sample {
  return sampleOf(index, data, size, timeMs, true, false);
}

function sampleOf(
  index: number,
  data: Buffer,
  size: number,
  timeMs: number,
  keyframe: boolean,
  discardable: boolean,
): Sample {
  return {
    data,
    nals: undefined,
    asIs: true,
    more: undefined,
    index,
    size,
    timeMs,
    keyframe,
    discardable,
    configuration: undefined,
  };
}

/** When the first and the last of samples are shown, ms from the chunk's first cluster; 0 where there are none. */
export function shownSpan(samples: readonly Sample[]): { readonly first: number; readonly last: number } {
  let first = samples[0]?.timeMs ?? 0;
  let last = first;
  for (const { timeMs } of samples) {
    first = timeMs < first ? timeMs : first;
    last = timeMs > last ? timeMs : last;
  }
  return { first, last };
}

/** Is each sample shown no earlier than those that are decoded before it? */
export function areShownInOrder(samples: readonly Sample[]): boolean {
  let last = -Infinity;
  return samples.every(({ timeMs }) => {
    const isLater = timeMs >= last;
    last = timeMs;
    return isLater;
  });
}

/** As `writeSample`, for a sample that is large. */
export function* writeLargeSample(
  sample: Sample,
  target: Buffer,
  at: number,
  budget: StepBudget,
): Steps<number> {
  let to = at;
  for (const { data, nals, asIs } of [sample, ...(sample.more ?? [])]) {
    to =
      asIs || nals === undefined
        ? yield* copyInSteps(data, 0, data.length, target, to, budget)
        : yield* writeNalsInSteps(data, nals, target, to, false, budget);
  }
  return to;
}

/** Gives the position after the sample. */
export function writeSample(sample: Sample, target: Buffer, at: number): number {
  let to = writePart(sample, target, at);
  if (sample.more !== undefined) {
    for (const part of sample.more) {
      to = writePart(part, target, to);
    }
  }
  return to;
}

function writePart({ data, nals, asIs }: SamplePart, target: Buffer, at: number): number {
  return asIs || nals === undefined
    ? at + data.copy(target, at)
    : writeLengthPrefixed(data, nals, target, at);
}
