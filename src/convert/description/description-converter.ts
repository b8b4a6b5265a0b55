import type { MediaChunk } from '../input/find-chunks';
import { ChunkTracks, noneConvertible, type TrackFrames } from '../input/chunk-tracks';
import type { ContentEncoding } from '../../matroska';
import type { PcmFormat } from '../codecs/codec';
import { FileTracks, type FileTrack } from '../samples/track-reader';
import { LeftOutTracks } from '../input/left-out-tracks';
import { ChunkLoop, type Output } from '../output';
import { reorderDelay } from '../samples/sample-times';
import { greatest, least } from '../buffers';
import { pictureShape, shownAs } from '../input/picture-shape';
import type { Conversion, Converted, Converter, MediaFormat, TrackFilter } from '../types';

/** What a chunk holds. Members that nothing tells are absent. */
export interface ChunkDescription {
  /** For each track, as RFC 6381 writes it, or as Matroska does where that has no name. */
  readonly codecs: readonly string[];
  readonly frames: number;
  readonly durationMs: number;
  /** Of the media alone, bits per second. */
  readonly bitRate: number;
  readonly tracks: readonly TrackDescription[];
}

export interface TrackDescription {
  readonly number: number;
  readonly name?: string;
  readonly type: 'video' | 'audio' | 'subtitle' | 'other';
  readonly codecId: string;
  readonly codec: string;
  readonly frames: number;
  readonly bitRate: number;
  readonly width?: number;
  readonly height?: number;
  /** As in `MediaFormat`. */
  readonly displayWidth?: number;
  readonly displayHeight?: number;
  readonly rotation?: number;
  readonly mirrored?: true;
  /** How the frames are encrypted or compressed, where that cannot be undone. */
  readonly contentEncodings?: readonly ContentEncoding[];
  /** As measured in this chunk, and as the stream declares it. */
  readonly frameRate?: number;
  readonly declaredFrameRate?: number;
  readonly keyFrames?: number;
  /** Between the last two key frames, ms; they may be in different chunks. */
  readonly keyFrameInterval?: number;
  /** Are frames decoded in another order than shown? */
  readonly bFrames?: boolean;
  readonly samplingFrequency?: number;
  readonly channels?: number;
  readonly bitDepth?: number;
  /** How samples are stored. */
  readonly coding?: PcmFormat['coding'];
}

/** Describes chunks, and sends no media. */
export class DescriptionConverter implements Converter {
  readonly #chunkTracks: ChunkTracks;
  readonly #fileTracks = new FileTracks();
  readonly #undescribed = new LeftOutTracks('is described by what it declares alone');
  /** By track number: the producer's time of the last key frame. */
  #lastKeys = new Map<number, number>();

  constructor(tracks: TrackFilter = []) {
    this.#chunkTracks = new ChunkTracks(tracks);
  }

  readonly #loop = new ChunkLoop({
    take: (chunk, output) => {
      this.#take(chunk, output);
    },
    lost: () => {
      this.#lastKeys.clear();
    },
  });

  convert(payload: Buffer): Conversion {
    return this.#loop.run(payload);
  }

  steps(payload: Buffer): Iterable<Conversion> {
    return this.#loop.steps(payload);
  }

  end(): readonly Converted[] {
    this.#lastKeys.clear();
    return [];
  }

  #take(chunk: MediaChunk, output: Output): void {
    const found = this.#chunkTracks.read(chunk);
    if (found.length === 0) {
      throw noneConvertible(found, 'no track');
    }
    const { tracks: files, unread } = this.#fileTracks.read(found, chunk.identity.ProducerTimestamp);
    this.#undescribed.tell(unread, chunk.identity, output);
    const read = new Map(files.map((file) => [file.track.number, file]));
    const spans = [...read.values()].filter(({ samples }) => samples.length > 0).map(spanOf);
    const durationMs = greatest(spans.map(({ end }) => end)) - least(spans.map(({ first }) => first));
    const tracks = found.map((track) =>
      this.#describe(track, read.get(track.track.number), durationMs, chunk),
    );
    const bytes = chunk.frames.reduce((sum, { data }) => sum + data.length, 0);
    const codecs = tracks.map(({ codec }) => codec);
    const description: ChunkDescription = {
      codecs,
      frames: tracks.reduce((sum, { frames }) => sum + frames, 0),
      durationMs,
      bitRate: bitRate(bytes, durationMs),
      tracks,
    };
    const isVideo = tracks.some(({ type }) => type === 'video');
    const format: MediaFormat = {
      mimeType: `${isVideo ? 'video' : 'audio'}/x-matroska; codecs="${codecs.join(', ')}"`,
      codecs,
    };
    output.describe(description, format, chunk.identity);
  }

  #describe(
    { track, frames }: TrackFrames,
    file: FileTrack | undefined,
    durationMs: number,
    chunk: MediaChunk,
  ): TrackDescription {
    const bytes = frames.reduce((sum, { data }) => sum + data.length, 0);
    const { number, name, type, codecId } = track;
    return {
      number,
      ...(name === undefined ? {} : { name }),
      type,
      codecId,
      codec: codecId,
      frames: file?.isVideo === true ? file.samples.length : frames.length,
      bitRate: bitRate(bytes, durationMs),
      ...declared(track),
      ...(file === undefined ? {} : mediaFields(file)),
      ...(file?.isVideo === true ? this.#videoFields(file, chunk.identity.ProducerTimestamp) : {}),
    };
  }

  #videoFields(file: FileTrack, producer: number | undefined): Partial<TrackDescription> {
    const { track, samples } = file;
    const times = samples.map(({ timeMs }) => timeMs);
    const { first, end } = spanOf(file);
    const keys = samples.filter(({ keyframe }) => keyframe).map(({ timeMs }) => timeMs);
    const before = producer === undefined ? undefined : this.#lastKeys.get(track.number);
    const known = [...(before === undefined ? [] : [before - (producer ?? 0)]), ...keys];
    const last = known.at(-1);
    const secondLast = known.at(-2);
    if (last !== undefined && producer !== undefined) {
      this.#lastKeys.set(track.number, producer + last);
    }
    const interval = last === undefined || secondLast === undefined ? undefined : last - secondLast;
    return {
      ...(end <= first ? {} : { frameRate: round((samples.length * 1_000) / (end - first)) }),
      keyFrames: keys.length,
      ...(interval === undefined || interval <= 0 || keys.length === 0 ? {} : { keyFrameInterval: interval }),
      bFrames: reorderDelay(times) > 0,
    };
  }
}

function mediaFields({ media, track }: FileTrack): Partial<TrackDescription> {
  switch (media.name) {
    case 'video': {
      const { codec, width, height, framesPerSecond } = media.configuration;
      return {
        codec,
        width,
        height,
        ...shownAs(pictureShape(track, width, height, media.configuration), width, height),
        ...(framesPerSecond === undefined ? {} : { declaredFrameRate: round(framesPerSecond) }),
      };
    }
    case 'aac': {
      const { codec, samplingFrequency, channels } = media.configuration;
      return { codec, samplingFrequency, channels };
    }
    case 'opus':
      return { codec: 'opus', channels: media.configuration.channels };
    case 'pcm':
      return { ...media.format };
    case 'other': {
      const { width, height } = track;
      return width === undefined || height === undefined
        ? {}
        : shownAs(pictureShape(track, width, height), width, height);
    }
  }
}

function declared(track: TrackFrames['track']): object {
  const { width, height, samplingFrequency, channels, bitDepth, contentEncodings } = track;
  const fields = { width, height, samplingFrequency, channels, bitDepth, contentEncodings };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A frame of which nothing tells how long it lasts makes no length, and no rate. */
function spanOf({ samples, lastMs, isLastGuessed }: FileTrack): { first: number; end: number } {
  const times = samples.map(({ timeMs }) => timeMs);
  return { first: least(times), end: greatest(times) + (isLastGuessed ? 0 : lastMs) };
}

function bitRate(bytes: number, ms: number): number {
  return ms > 0 ? Math.round((bytes * 8_000) / ms) : 0;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
