/** AAC with an ADTS header before every frame, as a file or a player without a container takes it. */
import { AAC_FRAME_SAMPLES, ADTS_HEADER_BYTES, fitsAdts, silentFrame, writeAdts } from '../codecs/aac';
import type { TrackFrames } from '../input/chunk-tracks';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import { type AacFrameLimit, readAac } from '../samples/audio-track';
import type { StepBudget, Steps } from '../steps';
import { type AudioWriter, MAX_SILENCE_MS, type Silence } from './audio-writer';

/** A frame's length takes 13 bits of its header, which it counts too. */
const MOST_FRAME_BYTES = 8_191 - ADTS_HEADER_BYTES;

/** Throws `ConversionError`. */
export function* createAdtsWriter(
  { track, frames }: TrackFrames,
  frameLimit: AacFrameLimit,
  budget: StepBudget,
): Steps<AudioWriter> {
  const { configuration, samples } = yield* readAac(track, frames, budget, frameLimit);
  if (!fitsAdts(configuration)) {
    throw new ConversionError('UnsupportedCodec', conversionStatement('conversion.adtsProfile', {}));
  }
  const large = samples.find(({ data }) => data.length > MOST_FRAME_BYTES);
  if (large !== undefined) {
    throw new ConversionError(
      'InvalidFrame',
      conversionStatement('conversion.frameTooLarge', {
        sizeInBytes: large.data.length,
        allowedBytes: MOST_FRAME_BYTES,
      }),
    );
  }
  const { samplingFrequency, channels, codec } = configuration;
  const frameMs = (AAC_FRAME_SAMPLES * 1_000) / samplingFrequency;
  const silent = silentFrame(configuration);
  return {
    format: { mimeType: 'audio/aac', codecs: [codec], samplingFrequency, channels },
    header: undefined,
    samples,
    maxSilenceMs: MAX_SILENCE_MS,
    durationMs: () => frameMs,
    size: ({ size }) => ADTS_HEADER_BYTES + size,
    partBytes: Infinity,
    write: (data, target, at) => {
      const afterHeader = writeAdts(configuration, data.length, target, at);
      return afterHeader + data.copy(target, afterHeader);
    },
    silence: (ms): Silence | undefined => {
      const count = Math.round(ms / frameMs);
      return (
        silent && {
          ms: count * frameMs,
          bytes: count * (ADTS_HEADER_BYTES + silent.length),
          write: (target, at) => {
            const from = writeAdts(configuration, silent.length, target, at);
            silent.copy(target, from);
            return repeat(target, at, from + silent.length, count);
          },
        }
      );
    },
  };
}

/** Writes what lies between two positions so many times in all, beginning where it lies. Returns the position after it. */
function repeat(target: Buffer, from: number, to: number, count: number): number {
  const end = from + (to - from) * count;
  for (let at = to; at < end;) {
    at += target.copy(target, at, from, Math.min(at, from + end - at));
  }
  return end;
}
