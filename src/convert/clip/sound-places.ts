/** Where the samples of a track of sound are in a clip: one after the other, with silence where some are missing. */
import { AAC_FRAME_SAMPLES, silentFrame } from '../codecs/aac';
import type { TrackMedia } from '../samples/media-track';
import { audioSample, type Sample } from '../samples/sample';
import type { StepBudget, Steps } from '../steps';

/** A sample and where it is, in ticks of its track. */
export interface PlacedSample {
  readonly sample: Sample;
  readonly shown: number;
  /** The time that is in its place when all are in order. */
  readonly sorted: number;
}

interface Silence {
  readonly data: Buffer;
  /** Ticks. */
  readonly duration: number;
}

/** Nearer than so many of its own lengths to where it is due, or nearer than this, a sample follows the one before. */
const TOLERANCE = 0.75;
const MIN_TOLERANCE_SECONDS = 0.005;
/** A longer hole is left as it is: players that count samples play what follows too early, and the file stays small. */
const LONGEST_SILENCE_SECONDS = 600;
/** One frame of 20 ms of the CELT layer, mono, which any decoder of Opus takes (RFC 6716, section 3.1). */
const SILENT_OPUS: Silence = { data: Buffer.from('f8fffe', 'hex'), duration: 960 };

export function silenceOf(media: TrackMedia): Silence | undefined {
  if (media.name === 'opus') {
    return SILENT_OPUS;
  }
  const data = media.name === 'aac' ? silentFrame(media.configuration) : undefined;
  return data && { data, duration: AAC_FRAME_SAMPLES };
}

/**
 * @param samples with when they are due, and how long they last, in ticks
 * @param next where the track has come to; undefined at its begin
 */
export function* placeSound(
  samples: readonly { readonly sample: Sample; readonly due: number; readonly duration: number }[],
  timescale: number,
  silence: Silence | undefined,
  next: number | undefined,
  budget: StepBudget,
): Steps<{ placed: PlacedSample[]; end: number }> {
  const placed: PlacedSample[] = [];
  let end = next;
  for (const { sample, due, duration } of samples) {
    const tolerance = Math.max(duration * TOLERANCE, timescale * MIN_TOLERANCE_SECONDS);
    let at = end ?? due;
    if (due - at > tolerance) {
      const isShort = due - at <= LONGEST_SILENCE_SECONDS * timescale;
      for (; silence !== undefined && isShort && due - at >= silence.duration; at += silence.duration) {
        placed.push({ sample: audioSample(sample.index, silence.data, 0), shown: at, sorted: at });
        if (budget.spend()) {
          yield;
        }
      }
      at = due;
    } else if (at - due > tolerance) {
      // It has been played already.
      continue;
    }
    placed.push({ sample, shown: at, sorted: at });
    end = at + duration;
    if (budget.spend()) {
      yield;
    }
  }
  return { placed, end: end ?? 0 };
}
