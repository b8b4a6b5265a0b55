/**
 * The frames of video tracks for a decoder outside: chunk after chunk, as pieces of one Matroska stream whose block times
 * whoever decodes them chooses, and when each frame is shown.
 */
import { writeClusters, type Block } from '../containers/matroska/clusters';
import { Mkv } from '../containers/matroska/mkv-converter';
import { greatest, least } from '../extremes';
import { ChunkLoop } from '../input/chunk-loop';
import { ChunkTracks, noneConvertible, trackOf } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { LeftOutTracks } from '../input/left-out-tracks';
import { pictureShape, shownAs } from '../input/picture-shape';
import type { SingleFrame } from '../input/single-frame';
import type { SourceTrack } from '../input/source-track';
import type { ConversionResults } from '../conversion-results';
import type { MediaTrack } from '../samples/media-track';
import { type TrackDeclaration, TrackMemo } from '../samples/track-memo';
import { TrackReader } from '../samples/track-reader';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import type { ChunkIdentity, Conversion, MediaFormat, Problem, TrackFilter } from '../types';
import { isSame, JpegRuns, type JpegRun } from './jpeg-runs';

/** How a track's frames are decoded and shown: the same object for as long as that stays the same. */
export interface DecodableTrack {
  readonly track: NonNullable<MediaFormat['track']>;
  /** The Matroska stream up to its first cluster: what a decoder is told before the first frame. */
  readonly header: Buffer;
  /** Coded and display size and orientation, as far as they are known. */
  readonly shape: Pick<
    MediaFormat,
    'width' | 'height' | 'displayWidth' | 'displayHeight' | 'rotation' | 'mirrored'
  >;
  /** A decoder has to guess how far frames are reordered: H.264 may leave that open, other codecs declare it. */
  readonly isOrderGuessed: boolean;
}

export interface DecodableFrame {
  /** When it is shown, by the producer's clock where the chunk says when it begins; ms since the epoch. */
  readonly time: number;
  /** Decoding can begin with it. */
  readonly keyframe: boolean;
}

/**
 * The frames of one track of one chunk, or those of M-JPEG that have one size. They are views of the payload until they
 * are written.
 */
export interface DecodableChunk extends DecodableTrack {
  readonly chunk: ChunkIdentity;
  /** In the order in which they are decoded; at least one. */
  readonly frames: readonly DecodableFrame[];
  /** Some frame is decoded before one that is shown earlier. */
  readonly isReordered: boolean;
  /** When the first frame is shown, and until when the last one is as far as the chunk tells. */
  readonly begin: number;
  readonly end: number;
  /**
   * Writes the frames as clusters: the one copy of the media.
   *
   * @param timeOf the block time of a frame of `frames`, ms of the stream, a whole number of at least 0
   */
  write(timeOf: (index: number) => number, budget: StepBudget): Steps<Buffer>;
}

/** What came of a step. */
export interface DecodableStep {
  readonly chunks: readonly DecodableChunk[];
  readonly problems: readonly Problem[];
}

const NOTHING = Buffer.alloc(0);

/** Finds the video of one stream, chunk after chunk. */
export class DecodableVideo {
  readonly #chunkTracks: ChunkTracks;
  readonly #trackReader = new TrackReader();
  readonly #leftOut = new LeftOutTracks();
  readonly #tracks = new TrackMemo(declared);
  readonly #jpegRuns = new JpegRuns();
  #chunks: DecodableChunk[] = [];
  /** Where the last chunk ended, for one that does not say when it begins. */
  #end = 0;

  readonly #loop = new ChunkLoop({
    take: (chunk, results, budget) => this.#take(chunk, results, budget),
    lost: () => {
      // Each chunk is decoded from its own key frame on.
    },
  });

  /** @param tracks numbers, names or types of tracks; all if empty */
  constructor(tracks: TrackFilter = []) {
    this.#chunkTracks = new ChunkTracks(tracks);
  }

  /**
   * Takes a payload of one or more chunks, in steps of a few ms. What is found must be written before the payload
   * changes.
   */
  steps(payload: Buffer): Generator<DecodableStep> {
    return this.#found(this.#loop.steps(payload));
  }

  /** The same for a frame that comes by itself: as a chunk of one frame. */
  frameSteps(frame: SingleFrame): Generator<DecodableStep> {
    return this.#found(this.#loop.frameSteps(frame));
  }

  *#found(steps: Iterable<Conversion>): Generator<DecodableStep> {
    for (const { problems } of steps) {
      const chunks = this.#chunks;
      this.#chunks = [];
      yield { chunks, problems };
    }
  }

  *#take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const found = this.#chunkTracks.read(chunk);
    const wanted = found.filter(({ track, codec }) => codec.name === 'video' || track.type === 'video');
    const { tracks, unread, waiting } = yield* this.#trackReader.read(wanted, chunk, budget);
    const known = tracks.filter((track) => this.#tracks.of(track) !== undefined);
    const others = tracks.filter((track) => !known.includes(track));
    const why = conversionStatement('conversion.unreadable', {});
    this.#leftOut.tell(
      [...unread, ...others.map(({ track }) => ({ track, ErrorType: 'UnsupportedCodec' as const, why }))],
      chunk.identity,
      results,
    );
    if (known.length === 0 && waiting.length === 0) {
      throw noneConvertible(found, conversionStatement('conversion.onlyPictures', {}));
    }
    const base = chunk.identity.ProducerTimestamp ?? this.#end;
    for (const track of known) {
      const described = this.#tracks.of(track);
      if (described === undefined || track.samples.length === 0) {
        continue;
      }
      const isJpeg = wanted.some((one) => one.track === track.track && one.codec.name === 'mjpeg');
      const runs = isJpeg ? yield* this.#jpegRuns.of(track, budget) : [{ media: track }];
      for (const run of runs) {
        const decodable = decodableChunk(run.media, resized(described, run), base, chunk.identity);
        this.#chunks.push(decodable);
        this.#end = Math.max(this.#end, decodable.end);
      }
    }
  }
}

function declared(declaration: TrackDeclaration): DecodableTrack | undefined {
  const { track, media } = declaration;
  const mkv = new Mkv();
  // How a decoder is to treat the times and the shape of pixels is not left to what the producer declares besides.
  const plain: SourceTrack = { ...track };
  delete (plain as { entry?: Buffer }).entry;
  const layout = mkv.layout({ ...declaration, track: plain });
  if (layout === undefined) {
    return undefined;
  }
  const { width, height } = layout;
  const stream = media.name === 'video' ? media.configuration : {};
  const size =
    width === undefined || height === undefined
      ? {}
      : { width, height, ...shownAs(pictureShape(track, width, height, stream), width, height) };
  const isOrderGuessed = media.name === 'video' && media.configuration.kind.name === 'H.264';
  return { track: trackOf(track), header: mkv.init([layout]), shape: size, isOrderGuessed };
}

/** The shape of pictures that are larger or smaller than the track's first ones. */
function resized(track: DecodableTrack, { size, first }: Pick<JpegRun, 'size' | 'first'>): DecodableTrack {
  if (size === undefined || first === undefined || isSame(size, first)) {
    return track;
  }
  const { width, height, displayWidth, displayHeight } = track.shape;
  const across = (pixels: number): number => Math.max(1, Math.round((pixels * size.width) / first.width));
  const down = (pixels: number): number => Math.max(1, Math.round((pixels * size.height) / first.height));
  const shape = {
    ...track.shape,
    width: width === undefined ? size.width : across(width),
    height: height === undefined ? size.height : down(height),
    ...(displayWidth === undefined || displayHeight === undefined
      ? {}
      : { displayWidth: across(displayWidth), displayHeight: down(displayHeight) }),
  };
  return { ...track, shape };
}

function decodableChunk(
  { samples, lastMs }: MediaTrack,
  track: DecodableTrack,
  base: number,
  chunk: ChunkIdentity,
): DecodableChunk {
  const frames = samples.map(({ timeMs, keyframe }) => ({ time: base + timeMs, keyframe }));
  const times = frames.map(({ time }) => time);
  return {
    ...track,
    ...{ chunk, frames },
    isReordered: times.some((time, i) => time < (times[i - 1] ?? time)),
    begin: least(times),
    end: greatest(times) + lastMs,
    write(timeOf, budget) {
      const blocks = samples.map((sample, i): Block => ({
        id: 1,
        sample,
        timeMs: timeOf(i),
        tail: undefined,
      }));
      return writeClusters(NOTHING, blocks, budget);
    },
  };
}
