/** Takes pictures out of video tracks, each with its time: the frames of M-JPEG, the key frames of other codecs. */
import { withOrientation } from '../codecs/jpeg';
import { ChunkLoop } from '../input/chunk-loop';
import { ChunkTracks, noneConvertible, type TrackFrames, trackOf } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { LeftOutTracks } from '../input/left-out-tracks';
import { pictureShape, shownAs } from '../input/picture-shape';
import type { ConversionResults } from '../conversion-results';
import { type TrackDeclaration, TrackMemo } from '../samples/track-memo';
import { TrackReader } from '../samples/track-reader';
import { conversionStatement } from '../conversion-statements';
import { finish, StepBudget, type Steps } from '../steps';
import type { ChunkIdentity, Conversion, Converted, Converter, MediaFormat, TrackFilter } from '../types';
import { annexBStream } from './annexb-writer';
import { PictureSchedule } from './picture-schedule';
import { readVideoTracks } from './video-tracks';

/** Work to describe a picture. */
const UNITS_PER_PICTURE = 5;

/**
 * Takes pictures out of video: M-JPEG's as they are, and of H.264 and H.265 the key frames, each as an elementary stream
 * of its own that is still to be decoded (its `mimeType` is not that of a JPEG then).
 */
export class KeyFrameConverter implements Converter {
  readonly #chunkTracks: ChunkTracks;
  readonly #trackReader = new TrackReader(true);
  readonly #leftOut = new LeftOutTracks();
  readonly #sizes = new TrackMemo(sizeOf);
  /** By track number. */
  readonly #schedules = new Map<number, PictureSchedule>();
  /** Where the last chunk ended, for one that does not say when it begins. */
  #end = 0;

  /** @param intervalMs a picture of each track every so often; 0 for all */
  constructor(
    private readonly intervalMs = 0,
    tracks: TrackFilter = [],
  ) {
    this.#chunkTracks = new ChunkTracks(tracks);
  }

  readonly #loop = new ChunkLoop({
    take: (chunk, results, budget) => this.#take(chunk, results, budget),
    lost: () => {
      // A picture does not depend on earlier chunks.
    },
  });

  convert(payload: Buffer): Conversion {
    return this.#loop.run(payload);
  }

  steps(payload: Buffer): Iterable<Conversion> {
    return this.#loop.steps(payload);
  }

  end(): readonly Converted[] {
    this.#schedules.clear();
    return [];
  }

  *#take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const found = this.#chunkTracks.read(chunk);
    const { identity } = chunk;
    const producer = identity.ProducerTimestamp;
    const { videos, unread, waits } = yield* readVideoTracks(this.#trackReader, found, chunk, budget);
    const pictures = found.filter(({ codec }) => codec.name === 'mjpeg');
    if (videos.length + pictures.length === 0 && waits) {
      return;
    }
    if (videos.length + pictures.length === 0) {
      throw noneConvertible(found, conversionStatement('conversion.onlyPictures', {}));
    }
    this.#leftOut.tell(unread, identity, results);
    const base = producer ?? this.#end;
    for (const { track, frames } of pictures) {
      const { width, height } = track;
      const isSized = width !== undefined && height !== undefined;
      const shape = pictureShape(track, width ?? 0, height ?? 0);
      const { displayWidth, displayHeight } = isSized ? shownAs(shape, width, height) : {};
      const size = {
        ...(isSized ? { width, height } : {}),
        ...(displayWidth === undefined || displayHeight === undefined ? {} : { displayWidth, displayHeight }),
      };
      for (const { data, timecodeMs } of frames) {
        if (data.length > 0 && this.#isDue(track.number, base + timecodeMs)) {
          // The picture itself tells a viewer how to rotate it.
          const picture: Picture = {
            sizeInBytes: data.length,
            make: (steps) => withOrientation(data, shape, steps),
            format: pictureFormat('image/jpeg', identity, timecodeMs, track, size),
          };
          yield* addPicture(picture, identity, results, budget);
        }
        if (budget.spend(UNITS_PER_PICTURE)) {
          yield;
        }
      }
    }
    for (const { track, samples, isVideo } of videos) {
      for (const sample of samples) {
        const { configuration, timeMs } = sample;
        if (configuration === undefined || !this.#isDue(track.number, base + timeMs)) {
          continue;
        }
        const size = this.#sizes.of({ track, media: { name: 'video', configuration }, isVideo });
        const format = pictureFormat(configuration.mimeType, identity, timeMs, track, size);
        const picture: Picture = {
          sizeInBytes: sample.size,
          make: (steps) => annexBStream([sample], steps),
          format,
        };
        yield* addPicture(picture, identity, results, budget);
        if (budget.spend(UNITS_PER_PICTURE)) {
          yield;
        }
      }
    }
    this.#end = base + lastTime(found);
  }

  #isDue(track: number, time: number): boolean {
    const schedule = this.#schedules.get(track) ?? new PictureSchedule(this.intervalMs);
    this.#schedules.set(track, schedule);
    return schedule.isDue(time);
  }
}

/** Coded and display size of a track's H.264 or H.265 pictures, in pixels. */
function sizeOf({ track, media }: TrackDeclaration): Partial<MediaFormat> {
  if (media.name !== 'video') {
    return {};
  }
  const { width, height } = media.configuration;
  return {
    width,
    height,
    ...shownAs(pictureShape(track, width, height, media.configuration), width, height),
  };
}

/** Pictures that are larger are made with the chunk: a chunk has few of them, and nobody could wait for one at once. */
const MOST_BYTES_LATER = 4 * 1024 * 1024;

interface Picture {
  readonly sizeInBytes: number;
  readonly make: (budget: StepBudget) => Steps<Buffer>;
  readonly format: MediaFormat;
}

function* addPicture(
  { sizeInBytes, make, format }: Picture,
  identity: ChunkIdentity,
  results: ConversionResults,
  budget: StepBudget,
): Steps<void> {
  if (sizeInBytes > MOST_BYTES_LATER) {
    results.add(yield* make(budget), format, identity);
  } else {
    results.addLater(() => finish(make(new StepBudget())), format, identity);
  }
}

function pictureFormat(
  mimeType: string,
  { ProducerTimestamp }: ChunkIdentity,
  timeMs: number,
  track: TrackFrames['track'],
  size: Partial<MediaFormat>,
): MediaFormat {
  return {
    mimeType,
    ...(ProducerTimestamp === undefined ? {} : { producerStart: ProducerTimestamp + timeMs }),
    track: trackOf(track),
    ...size,
  };
}

/** Time of the latest frame in all video tracks, ms. */
function lastTime(found: readonly TrackFrames[]): number {
  return found.reduce(
    (last, { codec, frames }) =>
      codec.name === 'video' || codec.name === 'mjpeg'
        ? Math.max(last, frames.at(-1)?.timecodeMs ?? 0)
        : last,
    0,
  );
}
