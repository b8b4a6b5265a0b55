/** A track of a chunk as its samples, with all that a file or a stream of it has to say. */
import type { AacConfiguration } from '../codecs/aac';
import type { PcmFormat } from '../codecs/detect-codec';
import type { OpusConfiguration } from '../codecs/opus';
import type { VideoConfiguration } from '../codecs/parameter-sets';
import type { SourceTrack } from '../input/source-track';
import type { Sample } from './sample';

/** Decoder configuration of a track. */
export type TrackMedia =
  | { readonly name: 'video'; readonly configuration: VideoConfiguration }
  | { readonly name: 'aac'; readonly configuration: AacConfiguration }
  | { readonly name: 'opus'; readonly configuration: OpusConfiguration }
  | { readonly name: 'pcm'; readonly format: PcmFormat }
  | { readonly name: 'other' };

/** A track of a chunk, ready to be put in a file. */
export interface MediaTrack {
  readonly track: SourceTrack;
  readonly media: TrackMedia;
  readonly isVideo: boolean;
  readonly samples: readonly Sample[];
  /** Length of each sample, in samples of sound; undefined where a frame lasts until the next. */
  readonly durations: readonly number[] | undefined;
  /** How long the last frame lasts, ms. */
  readonly lastMs: number;
  /** How long the last frame lasts is no more than what the stream declares, or a guess. */
  readonly isLastGuessed: boolean;
  /** How long a frame lasts as learnt from the chunks before, ms; undefined where nothing was. */
  readonly stepMs: number | undefined;
  /** Matroska's times are later by this than what comes out of the decoder, ms (CodecDelay); MP4's are not. */
  readonly delayMs: number;
}
