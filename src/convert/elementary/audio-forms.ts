/** The forms of audio output: what each takes, and how it is written. A new one does not compile without its entry. */
import type { Statement } from '../../statement';
import type { TrackFrames } from '../input/chunk-tracks';
import type { AacFrameLimit } from '../samples/audio-track';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import { createAdtsWriter } from './adts-writer';
import type { AudioWriter } from './audio-writer';
import { createWavWriter } from './wav-writer';

export type AudioTarget = 'adts' | 'wav' | 'pcm';

export interface AudioForm {
  /** The codec that it is made of. */
  readonly codec: 'aac' | 'pcm';
  /** Why no other codec is taken. */
  readonly why: Statement;
  /** Undefined for a track of another codec. Throws `ConversionError`. */
  readonly createWriter: (
    track: TrackFrames,
    frameLimit: AacFrameLimit,
    budget: StepBudget,
  ) => Steps<AudioWriter | undefined>;
}

export const AUDIO_FORMS: Readonly<Record<AudioTarget, AudioForm>> = {
  adts: {
    codec: 'aac',
    why: conversionStatement('conversion.onlyAac', {}),
    createWriter: createAdtsWriter,
  },
  wav: {
    codec: 'pcm',
    why: conversionStatement('conversion.onlyPcm', {}),
    createWriter: (track, _frameLimit, budget) => createSampleWriter(track, true, budget),
  },
  pcm: {
    codec: 'pcm',
    why: conversionStatement('conversion.onlyPcm', {}),
    createWriter: (track, _frameLimit, budget) => createSampleWriter(track, false, budget),
  },
};

function* createSampleWriter(
  track: TrackFrames,
  wav: boolean,
  budget: StepBudget,
): Steps<AudioWriter | undefined> {
  const { codec } = track;
  return codec.name === 'pcm' ? yield* createWavWriter(track, codec.format, wav, budget) : undefined;
}
