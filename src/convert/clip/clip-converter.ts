/**
 * Makes files of a range of a stream: of each run of chunks with the same tracks one, which shows the range exactly.
 * The data's path:
 *
 * ```
 * chunk ──▶ tracks, samples (as for all files) ──▶ chunk-places: when, and is it new? ──▶ clip-samples: which of them
 *       ──▶ mp4-clip-file (else mkv-clip-file): in turns of a second ──▶ media, at once
 *                     └─▶ sample-table, one for each track ──▶ what is before the media, at the end
 * ```
 *
 * - The clip's time is the producer's: a hole in the stream stays, and is reported; `sound-places` fills it with silence.
 * - Decoding begins at the key frame before the range; an edit list hides what is before the range and after it.
 * - No media is kept: whoever takes it writes it where it goes, and puts what is before it at the front when all has come.
 */
import { Mkv } from '../containers/matroska/mkv-converter';
import { mp4Track } from '../containers/mp4/tracks';
import { ChunkLoop } from '../input/chunk-loop';
import { ChunkTracks, noneConvertible } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { LeftOutTracks } from '../input/left-out-tracks';
import type { ConversionResults } from '../conversion-results';
import { greatest, least } from '../extremes';
import type { MediaTrack } from '../samples/media-track';
import { TrackMemo } from '../samples/track-memo';
import { TrackReader } from '../samples/track-reader';
import { conversionStatement } from '../conversion-statements';
import { StepBudget, type Steps } from '../steps';
import type { ChunkIdentity, Conversion, MediaFormat, TrackFilter } from '../types';
import { ChunkPlaces, type Gap } from './chunk-places';
import type { ClipFile, ClipMedia, ClipSamples } from './clip-file';
import { framesIn, picturesIn, soundIn, type ClipWindow } from './clip-samples';
import { MkvClipFile, type MkvLayouts } from './mkv-clip-file';
import { Mp4ClipFile, type Mp4Layouts } from './mp4-clip-file';

export interface ClipRange {
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** The range is told by the service's clock: the first chunk says how far that is from the producer's. */
  readonly isServerTime: boolean;
}

/** A finished file, but for its media. Times are in ms since the epoch, by the range's clock. */
export interface FinishedClip {
  /** All that is before the media in the file. */
  readonly head: Buffer;
  readonly mediaBytes: number;
  readonly format: MediaFormat;
  /** What it shows. */
  readonly start: number;
  readonly end: number;
  readonly fragments: number;
  readonly firstFragmentNumber: string;
  readonly lastFragmentNumber: string;
  /** What is missing between. */
  readonly gaps: readonly Gap[];
}

/** Where a clip goes, in the order of its bytes. */
export interface ClipSink {
  /** Media of the file that is being made. */
  media(media: ClipMedia): void;
  /** A clip is complete; what comes after it belongs to the next one. */
  clip(clip: FinishedClip): void;
  /** The file shows nothing of the range: its media are not wanted. */
  drop(): void;
}

/** A file in the making. */
interface OpenClip {
  readonly file: ClipFile;
  readonly places: ChunkPlaces;
  /** ms of the clip. */
  readonly fromMs: number;
  fragments: number;
  readonly first: ChunkIdentity;
  last: ChunkIdentity;
}

/**
 * MP4 has 32 bits for how long a picture is shown, which is 13 hours at 90,000 ticks a second, and for how many ms a
 * movie lasts, which is 49 days. After a longer hole, or beyond that length, a new file begins.
 */
const LONGEST_HOLE_MS = 12 * 3_600_000;
const LONGEST_FILE_MS = 40 * 24 * 3_600_000;

/** Where the tracks change with every chunk, each is a file. */
const MOST_FILES = 100;

/** Makes the files of one range of chunks that come in order. */
export class ClipConverter {
  readonly #chunkTracks: ChunkTracks;
  readonly #trackReader = new TrackReader();
  readonly #leftOut = new LeftOutTracks();
  readonly #mp4: Mp4Layouts = new TrackMemo((track) => mp4Track(track));
  readonly #mkv: MkvLayouts;
  #clip: OpenClip | undefined;
  #files = 0;
  #isFull = false;
  /** From the range's clock to the producer's, ms. */
  #shift: number | undefined;
  /** Numbers of the video tracks of which a key frame has come, so that what follows can be decoded. */
  readonly #decodable = new Set<number>();

  constructor(
    private readonly range: ClipRange,
    tracks: TrackFilter,
    private readonly sink: ClipSink,
  ) {
    this.#chunkTracks = new ChunkTracks(tracks);
    const mkv = new Mkv();
    this.#mkv = new TrackMemo((track) => mkv.layout(track));
  }

  readonly #loop = new ChunkLoop({
    take: (chunk, results, budget) => this.#take(chunk, results, budget),
    lost: () => {
      this.#decodable.clear();
    },
  });

  /** There are so many files that what comes next is left out. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes the next chunk, in steps of a few ms. Gives what could not be converted. */
  steps(chunk: Buffer): Iterable<Conversion> {
    return this.#loop.steps(chunk);
  }

  /** No more chunks come. */
  *end(): Steps<void> {
    yield* this.#finish(this.range.to - this.range.from, new StepBudget());
  }

  *#take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const found = this.#chunkTracks.read(chunk);
    const { tracks, unread, waiting } = yield* this.#trackReader.read(found, chunk, budget);
    const held = tracks.filter((track) => this.#mkv.of(track) !== undefined);
    const others = tracks.filter((track) => !held.includes(track));
    const why = conversionStatement('conversion.unreadable', {});
    this.#leftOut.tell(
      [...unread, ...others.map(({ track }) => ({ track, ErrorType: 'UnsupportedCodec' as const, why }))],
      chunk.identity,
      results,
    );
    if (held.length === 0 && waiting.length === 0) {
      throw noneConvertible(found, why);
    }
    const filled = held.filter(({ samples }) => samples.length > 0);
    if (filled.length > 0) {
      yield* this.#add(filled, chunk, results, budget);
    }
  }

  *#add(
    tracks: readonly MediaTrack[],
    chunk: MediaChunk,
    results: ConversionResults,
    budget: StepBudget,
  ): Steps<void> {
    const { identity } = chunk;
    const isMp4 = tracks.every((track) => this.#mp4.of(track) !== undefined);
    const baseMs = this.#baseOf(identity);
    const offsetOf = ({ delayMs }: MediaTrack): number => baseMs - (isMp4 ? delayMs : 0);
    const shown = tracks.map((track) => {
      const { samples, lastMs } = track;
      const times = samples.map(({ timeMs }) => timeMs + offsetOf(track));
      const last = greatest(times);
      return { track: track.track.number, first: least(times), last, end: last + lastMs, stepMs: lastMs };
    });
    const firstMs = least(shown.map(({ first }) => first));
    if (this.#clip !== undefined && (this.#clip.file.isExact !== isMp4 || !this.#clip.file.takes(tracks))) {
      results.note('TracksChanged', conversionStatement('conversion.tracksChanged', {}), identity);
      yield* this.#finish(firstMs, budget);
      this.#decodable.clear();
    }
    if (this.#clip !== undefined && isFarFrom(this.#clip, firstMs)) {
      yield* this.#finish(this.#clip.places.end ?? firstMs, budget);
      this.#decodable.clear();
    }
    if (this.#clip?.file.isFull === true) {
      yield* this.#finish(firstMs, budget);
      this.#decodable.clear();
    }
    this.#isFull ||= this.#clip === undefined && this.#files >= MOST_FILES;
    if (this.#isFull) {
      return;
    }
    const clip = this.#clip ?? this.#begin(identity, firstMs, isMp4);
    const delay = clip.places.place(shown);
    if (delay === undefined) {
      results.note('TimeWentBack', conversionStatement('conversion.repeats', {}), identity);
      return;
    }
    const samples = this.#select(tracks, clip, (track) => offsetOf(track) + delay);
    if (tracks.some((track) => this.#needsKey(track))) {
      results.note('MissingKeyFrame', conversionStatement('conversion.noKeyFrame', {}), identity);
    }
    if (samples.length > 0) {
      this.#clip = clip;
      clip.fragments += 1;
      clip.last = identity;
      this.sink.media(yield* clip.file.add(samples, chunk, budget));
    }
  }

  #select(
    tracks: readonly MediaTrack[],
    clip: OpenClip,
    offsetOf: (track: MediaTrack) => number,
  ): ClipSamples[] {
    let window: ClipWindow = { fromMs: clip.fromMs, toMs: this.range.to - this.range.from };
    const selected: ClipSamples[] = [];
    // Video is first.
    for (const track of tracks) {
      const offsetMs = offsetOf(track);
      const needsKey = this.#needsKey(track);
      const selection = track.isVideo
        ? picturesIn(track, offsetMs, window, needsKey)
        : track.durations === undefined
          ? framesIn(track, offsetMs, window)
          : soundIn(track, offsetMs, window);
      const [first] = selection.samples;
      if (first === undefined) {
        continue;
      }
      selected.push({ track, offsetMs, ...selection });
      if (needsKey) {
        if (this.#decodable.size === 0 && !clip.file.isExact) {
          // Where nothing can be hidden, there is sound to all pictures.
          window = { ...window, fromMs: first.timeMs + offsetMs };
        }
        this.#decodable.add(track.track.number);
      }
    }
    return selected;
  }

  #needsKey({ isVideo, track }: MediaTrack): boolean {
    return isVideo && !this.#decodable.has(track.number);
  }

  /** When the chunk begins, ms of the clip. */
  #baseOf({ ProducerTimestamp, ServerTimestamp }: ChunkIdentity): number {
    const producer = ProducerTimestamp ?? ServerTimestamp ?? this.range.from;
    const server = ServerTimestamp ?? producer;
    this.#shift ??= this.range.isServerTime ? producer - server : 0;
    return producer - this.#shift - this.range.from;
  }

  #begin(identity: ChunkIdentity, firstMs: number, isMp4: boolean): OpenClip {
    return {
      file: isMp4 ? new Mp4ClipFile(this.#mp4) : new MkvClipFile(this.#mkv),
      places: new ChunkPlaces(),
      fromMs: Math.max(0, firstMs),
      fragments: 0,
      ...{ first: identity, last: identity },
    };
  }

  /** @param toMs where the file ends at the latest, ms of the clip */
  *#finish(toMs: number, budget: StepBudget): Steps<void> {
    const clip = this.#clip;
    this.#clip = undefined;
    if (clip === undefined) {
      return;
    }
    const { from } = this.range;
    const { file, places, fragments, first, last } = clip;
    const { head, format, startMs, endMs } = yield* file.finish(clip.fromMs, toMs, budget);
    if (endMs <= 0) {
      this.sink.drop();
      return;
    }
    this.#files += 1;
    this.sink.clip({
      ...{ head, mediaBytes: file.mediaBytes, format, fragments },
      start: from + startMs,
      end: from + endMs,
      firstFragmentNumber: first.FragmentNumber ?? '',
      lastFragmentNumber: last.FragmentNumber ?? '',
      gaps: places.gaps
        .map((gap) => ({ from: Math.max(gap.from, startMs), to: Math.min(gap.to, endMs) }))
        .filter((gap) => gap.to > gap.from)
        .map((gap) => ({ from: Math.round(from + gap.from), to: Math.round(from + gap.to) })),
    });
  }
}

/** @param firstMs when the next chunk begins, ms of the clip */
function isFarFrom({ places, fromMs }: OpenClip, firstMs: number): boolean {
  return firstMs - (places.end ?? firstMs) > LONGEST_HOLE_MS || firstMs - fromMs > LONGEST_FILE_MS;
}
