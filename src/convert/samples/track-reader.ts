/** Reads the samples of each track, chunk after chunk, and when each is shown. */
import { AAC_FRAME_SAMPLES } from '../codecs/aac';
import { OPUS_RATE, opusSamples, parseOpusHead } from '../codecs/opus';
import { greatest } from '../extremes';
import { type TrackFrames, errorOf } from '../input/chunk-tracks';
import { ID } from '../input/element-ids';
import { uintOf } from '../input/elements';
import type { MediaChunk } from '../input/find-chunks';
import type { LeftOutTrack } from '../input/left-out-tracks';
import type { SourceTrack } from '../input/source-track';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import { AacFrameLimit, readAac } from './audio-track';
import { FrameStep, MAX_STEP_MS, longestHole } from './frame-step';
import type { MediaTrack, TrackMedia } from './media-track';
import { audioSample, plainSample, type Sample, shownSpan } from './sample';
import { withoutStepsBack } from './sample-times';
import { VideoTrack } from './video-track';
import type { Frame, Track } from '../../matroska';

export interface ReadTracks {
  /** A track that was read in the chunk before and cannot be in this one is among them, with no samples. */
  readonly tracks: readonly MediaTrack[];
  readonly unread: readonly LeftOutTrack[];
  /** Tracks of which nothing can be said yet, and that have no samples in this chunk. */
  readonly waiting: readonly Track[];
}

/** Length of a frame where nothing tells it. */
const DEFAULT_FRAME_MS = 40;

/** Work for a track of a chunk, besides what is done for each of its frames. */
const UNITS_PER_TRACK = 10;

const NANOSECONDS_PER_MS = 1e6;
const MAX_DELAY_MS = 10_000;
/** Rounding by producer and service, and how unevenly sound is stamped: neither is a clock that was set. */
const UNEVEN_PICTURES_MS = 5;
const UNEVEN_SOUND_MS = 40;

/** What is known of a track from one chunk to the next. */
interface KnownTrack {
  readonly step: FrameStep;
  readonly video: VideoTrack | undefined;
  /** The next chunk may have no frames of the track. */
  readonly media: TrackMedia | undefined;
}

/** A track's media and samples, without what its times tell. */
type ReadMedia = Pick<MediaTrack, 'media' | 'samples'> & {
  readonly durations?: readonly number[];
  readonly lastMs?: number;
  /** How many frames may be decoded before one that is shown earlier; undefined where nothing tells. */
  readonly reordered?: number | undefined;
};

/** Reads the tracks of chunk after chunk, and remembers what a chunk need not repeat. */
export class TrackReader {
  #known = new Map<number, KnownTrack>();

  /** @param keysOnly of H.264 and H.265 gives key frames alone, at the times of their frames, and reads less */
  constructor(private readonly keysOnly = false) {}

  /**
   * @param found tracks of the chunk
   * @throws {ConversionError} where no track has samples and one cannot be read
   */
  *read(
    found: readonly TrackFrames[],
    { identity, nextStarts }: MediaChunk,
    budget: StepBudget,
  ): Steps<ReadTracks> {
    const producer = identity.ProducerTimestamp;
    const known = new Map<number, KnownTrack>();
    const unread: LeftOutTrack[] = [];
    const waiting: Track[] = [];
    let firstError: ConversionError | undefined;
    const tracks: MediaTrack[] = [];
    const frameLimit = new AacFrameLimit();
    for (const one of found) {
      const before = this.#known.get(one.track.number);
      const video = videoOf(one, before, this.keysOnly);
      const step = before?.step ?? new FrameStep();
      let read: ReadMedia | undefined;
      try {
        read = yield* readMedia(one, video, before?.media, frameLimit, budget);
        if (read === undefined) {
          waiting.push(one.track);
        }
      } catch (error) {
        if (!(error instanceof ConversionError)) {
          throw error;
        }
        const { ErrorType, statement } = error;
        firstError ??= errorOf(one.track, error);
        unread.push({ track: one.track, ErrorType, why: statement });
        read = before?.media && { media: before.media, samples: [] };
      }
      known.set(one.track.number, { step, video, media: read?.media });
      if (read !== undefined) {
        tracks.push(timed(one, read, step, producer));
        if (budget.spend(UNITS_PER_TRACK + read.samples.length)) {
          yield;
        }
      }
    }
    this.#known = known;
    if (firstError !== undefined && tracks.every(({ samples }) => samples.length === 0)) {
      throw firstError;
    }
    const lasting = nextStarts === undefined ? tracks : untilNext(tracks, nextStarts, this.#known);
    return { tracks: untilTheEnd(lasting), unread, waiting };
  }
}

function videoOf(
  { codec }: TrackFrames,
  before: KnownTrack | undefined,
  keysOnly: boolean,
): VideoTrack | undefined {
  if (codec.name !== 'video') {
    return undefined;
  }
  return before?.video?.kind === codec.kind ? before.video : new VideoTrack(codec.kind, keysOnly);
}

/** Gives undefined where nothing can be said yet, and there is nothing to say it of. Throws `ConversionError`. */
function* readMedia(
  { track, codec, frames }: TrackFrames,
  video: VideoTrack | undefined,
  before: TrackMedia | undefined,
  frameLimit: AacFrameLimit,
  budget: StepBudget,
): Steps<ReadMedia | undefined> {
  switch (codec.name) {
    case 'video': {
      const { samples, configuration, reordered } = yield* (video ?? new VideoTrack(codec.kind)).read(
        frames,
        codec.codecPrivate,
        budget,
      );
      if (configuration === undefined && samples.length > 0) {
        throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataMissing', {}));
      }
      return configuration && { media: { name: 'video', configuration }, samples, reordered };
    }
    case 'aac': {
      const known = before?.name === 'aac' ? before : undefined;
      if (frames.length === 0 && known !== undefined) {
        return { media: known, samples: [] };
      }
      const { configuration, samples } = yield* readAac(
        track,
        frames,
        budget,
        frameLimit,
        known?.configuration,
      );
      const durations = samples.map(() => AAC_FRAME_SAMPLES);
      return sound({ name: 'aac', configuration }, samples, durations, configuration.samplingFrequency);
    }
    case 'opus': {
      const configuration = parseOpusHead(track.codecPrivate);
      const samples = yield* mapFrames(frames, packetSample, budget);
      const durations = samples.map(({ data }) => opusSamples(data));
      return sound({ name: 'opus', configuration }, samples, durations, OPUS_RATE);
    }
    default: {
      const media: TrackMedia =
        codec.name === 'pcm' ? { name: 'pcm', format: codec.format } : { name: 'other' };
      return { media, samples: yield* mapFrames(frames, plainSample, budget) };
    }
  }
}

function* mapFrames(
  frames: readonly Frame[],
  make: (frame: Frame) => Sample,
  budget: StepBudget,
): Steps<Sample[]> {
  const samples: Sample[] = [];
  for (const frame of frames) {
    samples.push(make(frame));
    if (budget.spend()) {
      yield;
    }
  }
  return samples;
}

function packetSample({ index, data, timecodeMs }: Frame): Sample {
  return audioSample(index, data, timecodeMs);
}

function sound(
  media: TrackMedia,
  samples: readonly Sample[],
  durations: readonly number[],
  rate: number,
): ReadMedia {
  return { media, samples, durations, lastMs: ((durations.at(-1) ?? 0) * 1_000) / rate, reordered: 0 };
}

/** Learns from the times of the samples, and tells how long the last one lasts. */
function timed(
  { track }: TrackFrames,
  { media, samples: given, durations, lastMs, reordered }: ReadMedia,
  step: FrameStep,
  producer: number | undefined,
): MediaTrack {
  const stepMs = lastMs ?? step.learnt;
  const givenTimes = given.map(({ timeMs }) => timeMs);
  const times =
    reordered === undefined
      ? givenTimes
      : withoutStepsBack(
          givenTimes,
          reordered,
          stepMs ?? DEFAULT_FRAME_MS,
          durations === undefined ? UNEVEN_PICTURES_MS : UNEVEN_SOUND_MS,
        );
  const samples =
    times === givenTimes
      ? given
      : given.map((sample, i): Sample => ({ ...sample, timeMs: times[i] ?? sample.timeMs }));
  step.learn(times, producer);
  const measured = lastMs ?? step.learnt;
  return {
    track,
    media,
    samples,
    durations,
    stepMs,
    delayMs: delayOf(track),
    isVideo: media.name === 'video' || track.type === 'video',
    lastMs: measured ?? track.defaultDurationMs ?? declaredStep(media) ?? DEFAULT_FRAME_MS,
    isLastGuessed: measured === undefined,
  };
}

/** By track, which stays the same object from chunk to chunk. */
const delays = new WeakMap<SourceTrack, number>();

/** CodecDelay; one that is longer than any codec's makes no sense. */
function delayOf(track: SourceTrack): number {
  let delayMs = delays.get(track);
  if (delayMs === undefined) {
    const declaredMs = (uintOf(track.entry, ID.CodecDelay) ?? 0) / NANOSECONDS_PER_MS;
    delayMs = declaredMs > MAX_DELAY_MS ? 0 : declaredMs;
    delays.set(track, delayMs);
  }
  return delayMs;
}

function declaredStep(media: TrackMedia): number | undefined {
  const { framesPerSecond = 0 } = media.name === 'video' ? media.configuration : {};
  return framesPerSecond > 1_000 / MAX_STEP_MS ? 1_000 / framesPerSecond : undefined;
}

/** A last frame lasts until the next chunk's first of its track, unless a gap lies between; sound knows its length. */
function untilNext(
  tracks: readonly MediaTrack[],
  starts: ReadonlyMap<number, number>,
  known: ReadonlyMap<number, KnownTrack>,
): readonly MediaTrack[] {
  const longest = longestHole(
    tracks.map(({ track, durations, stepMs }) =>
      durations === undefined ? known.get(track.number)?.step.learnt : stepMs,
    ),
  );
  return tracks.map((one) => {
    const { track, samples, durations, isLastGuessed, lastMs: learntMs } = one;
    const start = starts.get(track.number);
    if (samples.length === 0 || durations !== undefined || start === undefined) {
      return one;
    }
    const lastMs = start - shownSpan(samples).last;
    const holeMs = lastMs - (isLastGuessed ? 0 : learntMs);
    return lastMs > 0 && holeMs <= longest ? { ...one, lastMs, isLastGuessed: false } : one;
  });
}

/** A last frame whose length was not measured lasts at least as long as the other tracks do. */
function untilTheEnd(tracks: readonly MediaTrack[]): readonly MediaTrack[] {
  if (tracks.every(({ isLastGuessed }) => !isLastGuessed)) {
    return tracks;
  }
  const lastOf = ({ samples }: MediaTrack): number => shownSpan(samples).last;
  const sure = tracks.filter(({ isLastGuessed, samples }) => !isLastGuessed && samples.length > 0);
  const end = greatest(sure.map((one) => lastOf(one) + one.lastMs));
  return tracks.map((one) =>
    one.isLastGuessed && one.samples.length > 0 && end - lastOf(one) > one.lastMs
      ? { ...one, lastMs: end - lastOf(one), isLastGuessed: false }
      : one,
  );
}
