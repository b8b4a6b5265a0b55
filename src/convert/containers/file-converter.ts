/** Makes one continuous file of the chunks of a stream, for any container. */
import { copyBuffer } from '../copy-buffer';
import { greatest, least } from '../extremes';
import { type ChunkConverter, ChunkLoop } from '../input/chunk-loop';
import { ChunkTracks, noneConvertible, type TrackFrames } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { type LeftOutTrack, LeftOutTracks } from '../input/left-out-tracks';
import type { ConversionResults } from '../conversion-results';
import { firstKeyframe } from '../samples/first-keyframe';
import type { MediaTrack } from '../samples/media-track';
import { shownSpan } from '../samples/sample';
import { reorderDelay } from '../samples/sample-times';
import { Timeline } from '../samples/timeline';
import { TrackMemo } from '../samples/track-memo';
import { TrackReader } from '../samples/track-reader';
import type { Statement } from '../../statement';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import type { ChunkIdentity, Conversion, Converted, MediaFormat, TrackFilter } from '../types';
import type { Container, PlacedTrack } from './container';

/** Chunks in a row that have to do with a shorter delay before it is shortened. */
const DELAYS_KEPT = 8;

interface LaidOut<Layout> {
  readonly track: MediaTrack;
  readonly layout: Layout;
}

/**
 * Makes one continuous file of the chunks of a stream: an init piece, then a piece for each chunk. Time begins at 0 and
 * has no holes. Where the tracks change so that the init piece is another, an empty piece (`reset`) ends the file, and
 * another begins, at time 0 again. Media begins with a key frame.
 */
export class FileConverter<Layout> implements ChunkConverter {
  readonly #container: Container<Layout>;
  readonly #chunkTracks: ChunkTracks;
  readonly #trackReader = new TrackReader();
  readonly #leftOut = new LeftOutTracks();
  readonly #layouts: TrackMemo<Layout | undefined>;
  /** What the last chunk's `init` was made of. */
  #described: readonly Layout[] = [];
  #init: Buffer | undefined;
  #format: MediaFormat | undefined;
  #timeline = new Timeline();
  /** By which video is decoded before it is shown, in the last chunks, ms. */
  #delays: readonly number[] = [];
  #waitsForKey = true;

  constructor(container: Container<Layout>, tracks: TrackFilter) {
    this.#container = container;
    this.#layouts = new TrackMemo((track) => container.layout(track));
    this.#chunkTracks = new ChunkTracks(tracks);
  }

  readonly #loop = new ChunkLoop(this);

  convert(payload: Buffer): Conversion {
    return this.#loop.run(payload);
  }

  steps(payload: Buffer): Iterable<Conversion> {
    return this.#loop.steps(payload);
  }

  end(): readonly Converted[] {
    const { mimeType } = this.#format ?? {};
    this.#init = undefined;
    this.#format = undefined;
    this.#waitsForKey = true;
    return mimeType === undefined
      ? []
      : [{ data: Buffer.alloc(0), format: { mimeType, reset: true }, chunk: {} }];
  }

  *take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const { identity } = chunk;
    const found = this.#chunkTracks.read(chunk);
    const { tracks: read, unread, waiting } = yield* this.#trackReader.read(found, chunk, budget);
    const laidOut = read.flatMap((track): LaidOut<Layout>[] => {
      const layout = this.#layouts.of(track);
      return layout === undefined ? [] : [{ track, layout }];
    });
    if (laidOut.length === 0 && waiting.length > 0) {
      return;
    }
    if (laidOut.length === 0) {
      throw noneConvertible(found, this.#notPlayable);
    }
    const others = found.filter(({ track }) => !waiting.includes(track));
    this.#tellLeftOut(others, laidOut, unread, identity, results);
    const tracks = this.#fromKey(laidOut, identity, results);
    this.#begin(tracks, identity, results);
    const placed = tracks.flatMap(({ track, layout }, i): PlacedTrack<Layout>[] =>
      track.samples.length === 0 ? [] : [{ ...track, layout, id: i + 1 }],
    );
    if (placed.length > 0) {
      yield* this.#write(placed, chunk, results, budget);
    }
    if (read.some(({ track, isVideo }) => isVideo && unread.some((one) => one.track === track))) {
      this.lost();
    }
  }

  /** Something of the video is missing before the next chunk. */
  lost(): void {
    this.#timeline.break();
    this.#waitsForKey = true;
  }

  get #notPlayable(): Statement {
    return conversionStatement('conversion.notPlayable', { format: this.#container.name });
  }

  #begin(tracks: readonly LaidOut<Layout>[], identity: ChunkIdentity, results: ConversionResults): void {
    const layouts = tracks.map(({ layout }) => layout);
    if (this.#init !== undefined && isSameList(layouts, this.#described)) {
      return;
    }
    this.#described = layouts;
    const init = this.#container.init(layouts);
    if (this.#init?.equals(init) === true) {
      return;
    }
    const format = this.#container.format(layouts);
    if (this.#init !== undefined) {
      results.note('TracksChanged', conversionStatement('conversion.tracksChanged', {}), identity);
      results.add(Buffer.alloc(0), { mimeType: format.mimeType, reset: true }, identity);
    }
    this.#init = init;
    this.#format = format;
    this.#timeline = new Timeline();
    this.#delays = [];
    this.#container.begin();
    results.add(copyBuffer(init), { ...format, init: true }, identity);
  }

  #tellLeftOut(
    found: readonly TrackFrames[],
    laidOut: readonly LaidOut<Layout>[],
    unread: readonly LeftOutTrack[],
    identity: ChunkIdentity,
    results: ConversionResults,
  ): void {
    const read = new Set([...laidOut.map(({ track }) => track), ...unread].map(({ track }) => track));
    const unsupported = found.filter(({ track }) => !read.has(track));
    const why = this.#notPlayable;
    this.#leftOut.tell(
      [
        ...unread,
        ...unsupported.map(({ track }) => ({ track, ErrorType: 'UnsupportedCodec' as const, why })),
      ],
      identity,
      results,
    );
  }

  /** What comes before the first key frame cannot be decoded. Throws `ConversionError` if there is no key frame. */
  #fromKey(
    tracks: readonly LaidOut<Layout>[],
    identity: ChunkIdentity,
    results: ConversionResults,
  ): readonly LaidOut<Layout>[] {
    const video = tracks.find(({ track: { isVideo, samples } }) => isVideo && samples.length > 0);
    if (!this.#waitsForKey || video?.track.media.name !== 'video') {
      return tracks;
    }
    const { samples } = video.track;
    const key = firstKeyframe(samples);
    const from = samples[key]?.timeMs ?? 0;
    this.#waitsForKey = false;
    if (key === 0) {
      return tracks;
    }
    results.note(
      'MissingKeyFrame',
      conversionStatement('conversion.beforeKeyFrame', { frames: key }),
      identity,
    );
    return tracks.map((one) => {
      const begin = one === video ? key : one.track.samples.findIndex(({ timeMs }) => timeMs >= from);
      return { ...one, track: fromSample(one.track, begin < 0 ? one.track.samples.length : begin) };
    });
  }

  /** The same from chunk to chunk, but not forever where a few frames were out of order once. */
  #delayOf(tracks: readonly MediaTrack[]): number {
    const delays = tracks
      .filter(({ isVideo }) => isVideo)
      .map(({ samples }) => reorderDelay(samples.map(({ timeMs }) => timeMs)));
    if (delays.length > 0) {
      this.#delays = [...this.#delays, greatest(delays)].slice(-DELAYS_KEPT);
    }
    return greatest(this.#delays);
  }

  *#write(
    tracks: readonly PlacedTrack<Layout>[],
    chunk: MediaChunk,
    results: ConversionResults,
    budget: StepBudget,
  ): Steps<void> {
    const { identity } = chunk;
    const spans = tracks.map(({ id, samples, lastMs, stepMs, delayMs }) => {
      const early = this.#container.hasDecodeTimes ? delayMs : 0;
      const span = shownSpan(samples);
      const last = span.last - early;
      return { track: id, first: span.first - early, last, end: last + lastMs, stepMs };
    });
    const delayMs = this.#container.hasDecodeTimes ? this.#delayOf(tracks) : 0;
    const producer = identity.ProducerTimestamp;
    const place = this.#timeline.place(producer, spans, delayMs);
    if (place.backMs !== undefined) {
      results.note(
        'TimeWentBack',
        conversionStatement('conversion.goesBack', { backMs: Math.round(place.backMs) }),
        identity,
      );
    }
    const { data, startMs, endMs } = yield* this.#container.piece(
      tracks,
      place.offset,
      delayMs,
      chunk,
      budget,
    );
    results.add(
      data,
      {
        ...(this.#format ?? { mimeType: '' }),
        ...(place.discontinuity ? { discontinuity: true as const } : {}),
        startMs,
        durationMs: endMs - startMs,
        ...(producer === undefined
          ? {}
          : { producerStart: producer + least(spans.map(({ first }) => first)) }),
        frames: tracks.reduce((sum, { samples }) => sum + samples.length, 0),
        keyframe: tracks[0]?.samples[0]?.keyframe === true,
      },
      identity,
    );
  }
}

function isSameList<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one.length === other.length && one.every((item, i) => item === other[i]);
}

function fromSample(track: MediaTrack, begin: number): MediaTrack {
  return { ...track, samples: track.samples.slice(begin), durations: track.durations?.slice(begin) };
}
