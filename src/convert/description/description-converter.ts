/** Descriptions of chunks in place of media: codecs, sizes, rates, key frames. */
import { definedOnly } from '../../defined-only';
import { greatest, least } from '../extremes';
import { ChunkLoop } from '../input/chunk-loop';
import { ChunkTracks, noneConvertible, type TrackFrames } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { LeftOutTracks } from '../input/left-out-tracks';
import { pictureShape, shownAs } from '../input/picture-shape';
import type { ConversionResults } from '../conversion-results';
import type { MediaTrack } from '../samples/media-track';
import { areShownInOrder, shownSpan } from '../samples/sample';
import { type TrackDeclaration, TrackMemo } from '../samples/track-memo';
import { TrackReader } from '../samples/track-reader';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import type {
  ChunkDescription,
  Conversion,
  Converted,
  Converter,
  MediaFormat,
  TrackDescription,
  TrackFilter,
} from '../types';

/** Work to describe a track of a chunk, besides what is done for each of its frames. */
const UNITS_PER_TRACK = 10;

/** Describes chunks, and sends no media. */
export class DescriptionConverter implements Converter {
  readonly #chunkTracks: ChunkTracks;
  readonly #trackReader = new TrackReader();
  /** What a track is in all its chunks. */
  readonly #common = new TrackMemo((file) =>
    commonFields(file.track, { ...declared(file.track), ...mediaFields(file) }),
  );
  readonly #undescribed = new LeftOutTracks('declaredOnly');
  /** By track number: the producer's time of the last key frame. */
  #lastKeys = new Map<number, number>();

  constructor(tracks: TrackFilter = []) {
    this.#chunkTracks = new ChunkTracks(tracks);
  }

  readonly #loop = new ChunkLoop({
    take: (chunk, results, budget) => this.#take(chunk, results, budget),
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

  *#take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const found = this.#chunkTracks.read(chunk);
    if (found.length === 0) {
      throw noneConvertible(found, conversionStatement('conversion.unreadable', {}));
    }
    const { tracks: files, unread } = yield* this.#trackReader.read(found, chunk, budget);
    this.#undescribed.tell(unread, chunk.identity, results);
    const read = new Map(files.map((file) => [file.track.number, timedFile(file)]));
    const spans = [...read.values()].filter(({ file }) => file.samples.length > 0);
    const durationMs = greatest(spans.map(({ end }) => end)) - least(spans.map(({ first }) => first));
    let bytes = 0;
    const tracks: TrackDescription[] = [];
    for (const track of found) {
      let trackBytes = 0;
      for (const { sizeInBytes } of track.frames) {
        trackBytes += sizeInBytes;
      }
      bytes += trackBytes;
      tracks.push(this.#describe(track, trackBytes, read.get(track.track.number), durationMs, chunk));
      if (budget.spend(UNITS_PER_TRACK + track.frames.length)) {
        yield;
      }
    }
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
    results.describe(description, format, chunk.identity);
  }

  #describe(
    { track, frames }: TrackFrames,
    bytes: number,
    timed: TimedFile | undefined,
    durationMs: number,
    chunk: MediaChunk,
  ): TrackDescription {
    const common = timed === undefined ? commonFields(track, declared(track)) : this.#common.of(timed.file);
    const rate = bitRate(bytes, durationMs);
    return timed?.file.isVideo === true
      ? {
          ...common,
          frames: timed.file.samples.length,
          bitRate: rate,
          ...this.#videoFields(timed, chunk.identity.ProducerTimestamp),
        }
      : { ...common, frames: frames.length, bitRate: rate };
  }

  #videoFields(
    { file: { track, samples }, first, end }: TimedFile,
    producer: number | undefined,
  ): Partial<TrackDescription> {
    const before = producer === undefined ? undefined : this.#lastKeys.get(track.number);
    let last = before === undefined ? undefined : before - (producer ?? 0);
    let interval = 0;
    let keyFrames = 0;
    for (const { keyframe, timeMs } of samples) {
      if (keyframe) {
        keyFrames += 1;
        interval = timeMs - (last ?? timeMs);
        last = timeMs;
      }
    }
    if (last !== undefined && producer !== undefined) {
      this.#lastKeys.set(track.number, producer + last);
    }
    return {
      ...(end <= first ? {} : { frameRate: round((samples.length * 1_000) / (end - first)) }),
      keyFrames,
      ...(interval <= 0 ? {} : { keyFrameInterval: interval }),
      bFrames: !areShownInOrder(samples),
    };
  }
}

/** Of a track in all its chunks; how much of it there is in one is filled in for each. */
function commonFields(track: TrackFrames['track'], fields: Partial<TrackDescription>): TrackDescription {
  const { number, name, type, codecId } = track;
  return {
    ...definedOnly({ number, name }),
    type,
    codecId,
    codec: codecId,
    frames: 0,
    bitRate: 0,
    ...fields,
  };
}

function mediaFields({ media, track }: TrackDeclaration): Partial<TrackDescription> {
  switch (media.name) {
    case 'video': {
      const { codec, width, height, framesPerSecond } = media.configuration;
      return {
        codec,
        width,
        height,
        ...shownAs(pictureShape(track, width, height, media.configuration), width, height),
        ...definedOnly({ declaredFrameRate: framesPerSecond && round(framesPerSecond) }),
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

function declared(track: TrackFrames['track']): Partial<TrackDescription> {
  const { width, height, samplingFrequency, channels, bitDepth, contentEncodings } = track;
  return definedOnly({ width, height, samplingFrequency, channels, bitDepth, contentEncodings });
}

/** A track of a chunk, and when it is shown, ms. */
interface TimedFile {
  readonly file: MediaTrack;
  readonly first: number;
  readonly end: number;
}

/** A frame of which nothing tells how long it lasts makes no length, and no rate. */
function timedFile(file: MediaTrack): TimedFile {
  const { samples, lastMs, isLastGuessed } = file;
  const { first, last } = shownSpan(samples);
  return { file, first, end: last + (isLastGuessed ? 0 : lastMs) };
}

function bitRate(bytes: number, ms: number): number {
  return ms > 0 ? Math.round((bytes * 8_000) / ms) : 0;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
