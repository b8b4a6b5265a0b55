import type { Track } from '../matroska';
import { AAC_FRAME_SAMPLES, type AacConfiguration } from './aac';
import { audioSample, readAac } from './audio-track';
import { trackText, type TrackFrames } from './chunk-tracks';
import type { PcmFormat } from './codec';
import { OPUS_RATE, opusSamples, parseOpusHead, type OpusConfiguration } from './opus';
import type { VideoConfiguration } from './parameter-sets';
import { ConversionError } from './problems';
import type { Sample } from './sample';
import { typicalStep } from './sample-times';
import { VideoTrack } from './video-track';

/** What a decoder has to be told of a track. */
export type TrackMedia =
  | { readonly name: 'video'; readonly configuration: VideoConfiguration }
  | { readonly name: 'aac'; readonly configuration: AacConfiguration }
  | { readonly name: 'opus'; readonly configuration: OpusConfiguration }
  | { readonly name: 'pcm'; readonly format: PcmFormat }
  | { readonly name: 'other' };

/** A track of a chunk, ready to be put in a file. */
export interface FileTrack {
  readonly track: Track;
  readonly media: TrackMedia;
  readonly isVideo: boolean;
  readonly samples: readonly Sample[];
  /** Of each sample, in samples of sound; undefined where a frame lasts until the next. */
  readonly durations: readonly number[] | undefined;
  /** How long the last frame lasts, ms. */
  readonly lastMs: number;
  /** Matroska's times are later by this than the sound that comes out, ms (CodecDelay); MP4's are not. */
  readonly delayMs: number;
}

/** Of a frame whose length nothing tells. */
const DEFAULT_FRAME_MS = 40;

/** Reads the tracks of chunk after chunk, and remembers what a chunk need not repeat. */
export class FileTracks {
  #videos = new Map<number, VideoTrack>();
  /** What tracks were like in the chunk before: the next may have no frames of them. */
  #media = new Map<number, TrackMedia>();
  /** Lengths of frames as last measured, ms. */
  #steps = new Map<number, number>();

  /** Without those of which nothing can be said yet. Throws `ConversionError`, and is then as it was. */
  read(found: readonly TrackFrames[]): readonly FileTrack[] {
    const videos = new Map<number, VideoTrack>();
    const steps = new Map<number, number>();
    const read = found.flatMap((track) => this.#readTrack(track, videos, steps) ?? []);
    this.#videos = videos;
    this.#steps = steps;
    this.#media = new Map(read.map(({ track, media }) => [track.number, media]));
    return read;
  }

  #readTrack(
    { track, codec, frames }: TrackFrames,
    videos: Map<number, VideoTrack>,
    steps: Map<number, number>,
  ): FileTrack | undefined {
    const times = frames.map(({ timecodeMs }) => timecodeMs);
    const lastMs =
      typicalStep(times) ?? track.defaultDurationMs ?? this.#steps.get(track.number) ?? DEFAULT_FRAME_MS;
    steps.set(track.number, lastMs);
    const plain = { track, isVideo: track.type === 'video', durations: undefined, lastMs, delayMs: 0 };
    switch (codec.name) {
      case 'video': {
        const before = this.#videos.get(track.number);
        const video = before?.kind === codec.kind ? before : new VideoTrack(codec.kind);
        const { samples, configuration } = video.read(frames, codec.codecPrivate);
        videos.set(track.number, video);
        if (configuration === undefined && samples.length > 0) {
          throw new ConversionError(
            'InvalidCodecData',
            `no parameter sets of ${codec.kind.name} for ${trackText(track)}, neither in its codec private data nor in its frames`,
          );
        }
        return configuration && { ...plain, media: { name: 'video', configuration }, isVideo: true, samples };
      }
      case 'aac': {
        const remembered = this.#media.get(track.number);
        if (frames.length === 0 && remembered?.name === 'aac') {
          return { ...plain, media: remembered, samples: [] };
        }
        const { configuration, samples } = readAac(track, frames);
        return sound(
          track,
          { name: 'aac', configuration },
          samples,
          samples.map(() => AAC_FRAME_SAMPLES),
          configuration.samplingFrequency,
        );
      }
      case 'opus': {
        const configuration = parseOpusHead(track.codecPrivate);
        const samples = frames.map(({ index, data, timecodeMs }) => audioSample(index, data, timecodeMs));
        const durations = samples.map(({ data }) => opusSamples(data));
        const ready = sound(track, { name: 'opus', configuration }, samples, durations, OPUS_RATE);
        return { ...ready, delayMs: configuration.delayMs };
      }
      default: {
        const media: TrackMedia =
          codec.name === 'pcm' ? { name: 'pcm', format: codec.format } : { name: 'other' };
        const samples = frames.map(({ index, data, timecodeMs, keyframe, discardable }): Sample => ({
          index,
          data,
          size: data.length,
          timeMs: timecodeMs,
          keyframe,
          discardable,
        }));
        return { ...plain, media, samples };
      }
    }
  }
}

function sound(
  track: Track,
  media: TrackMedia,
  samples: readonly Sample[],
  durations: readonly number[],
  rate: number,
): FileTrack {
  const lastMs = ((durations.at(-1) ?? 0) * 1_000) / rate;
  return { track, media, isVideo: false, samples, durations, lastMs, delayMs: 0 };
}
