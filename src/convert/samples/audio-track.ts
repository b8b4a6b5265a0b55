/** The frames of AAC of a track, and how they are to be decoded. */
import type { Frame, Track } from '../../matroska';
import {
  AAC_FRAME_SAMPLES,
  type AacConfiguration,
  parseAdts,
  parseSpecificConfig,
  specificConfigOf,
} from '../codecs/aac';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import { audioSample, type Sample } from './sample';

/** AAC frames at most in all tracks of a chunk: a block may hold many with ADTS headers, and each takes time and memory. */
const MOST_FRAMES = 20_000;

/** How many frames of AAC a chunk may still have. */
export class AacFrameLimit {
  #left = MOST_FRAMES;

  /** Counts one frame. @throws {ConversionError} if the chunk has too many */
  take(): void {
    this.#left -= 1;
    if (this.#left < 0) {
      throw new ConversionError(
        'ChunkTooLarge',
        conversionStatement('conversion.tooManyFrames', { most: MOST_FRAMES }),
      );
    }
  }
}

export interface AacFrames {
  readonly configuration: AacConfiguration;
  /** Without ADTS headers. */
  readonly samples: readonly Sample[];
}

/**
 * Raw AAC of a track, with the headers taken off that some producers leave before it.
 *
 * @param known what the track was like in the chunk before, where this one does not say
 * @throws {ConversionError}
 */
export function* readAac(
  track: Track,
  frames: readonly Frame[],
  budget: StepBudget,
  frameLimit: AacFrameLimit,
  known?: AacConfiguration,
): Steps<AacFrames> {
  let headers: Buffer | undefined;
  const samples: Sample[] = [];
  for (const frame of frames) {
    const { data: bytes } = frame;
    let at = 0;
    let timeMs = frame.timecodeMs;
    while (at < bytes.length) {
      frameLimit.take();
      const rest = at === 0 ? bytes : bytes.subarray(at);
      const adts = parseAdts(rest);
      headers ??= adts?.specificConfig;
      const data = adts === undefined ? rest : rest.subarray(adts.headerBytes, adts.frameBytes);
      samples.push(audioSample(frame.index, data, timeMs));
      at += adts?.frameBytes ?? rest.length;
      timeMs += adts === undefined ? 0 : (AAC_FRAME_SAMPLES * 1_000) / adts.samplingFrequency;
      if (budget.spend()) {
        yield;
      }
    }
  }
  return { configuration: configurationOf(track, headers, known), samples };
}

/** The headers know best, but for what they cannot say: spectral band replication. */
function configurationOf(
  track: Track,
  headers: Buffer | undefined,
  known: AacConfiguration | undefined,
): AacConfiguration {
  const { codecPrivate, samplingFrequency = 0, channels = 0 } = track;
  const declared = codecPrivate?.length ? codecPrivate : undefined;
  if (headers === undefined) {
    const config = declared ?? specificConfigOf(samplingFrequency, channels);
    if (config === undefined) {
      if (known !== undefined) {
        return known;
      }
      throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataMissing', {}));
    }
    return declared === undefined ? parseSpecificConfig(config) : declaredConfiguration(declared);
  }
  const found = parseSpecificConfig(headers);
  if (declared !== undefined && isSbr(declared)) {
    const full = parseSpecificConfig(Buffer.from(declared));
    return full.samplingFrequency === found.samplingFrequency ? full : found;
  }
  return found;
}

/** By codec private data, which stays the same object from chunk to chunk. */
const declaredConfigurations = new WeakMap<Buffer, AacConfiguration>();

function declaredConfiguration(codecPrivate: Buffer): AacConfiguration {
  const known = declaredConfigurations.get(codecPrivate);
  const configuration = known ?? parseSpecificConfig(Buffer.from(codecPrivate));
  if (known === undefined) {
    declaredConfigurations.set(codecPrivate, configuration);
  }
  return configuration;
}

function isSbr(config: Buffer): boolean {
  const objectType = (config[0] ?? 0) >> 3;
  return config.length >= 4 && (objectType === 5 || objectType === 29);
}
