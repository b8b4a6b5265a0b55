/** H.264 and H.265 as elementary streams. */
import { type ChunkConverter, ChunkLoop } from '../input/chunk-loop';
import { ChunkTracks, noneConvertible, trackOf } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { LeftOutTracks } from '../input/left-out-tracks';
import type { ConversionResults } from '../conversion-results';
import { firstKeyframe } from '../samples/first-keyframe';
import { shownSpan } from '../samples/sample';
import { Timeline } from '../samples/timeline';
import { TrackReader } from '../samples/track-reader';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import type { Conversion, Converted, TrackFilter } from '../types';
import { annexBStream } from './annexb-writer';
import { readVideoTracks, type VideoMediaTrack } from './video-tracks';

/**
 * Makes an elementary stream with start codes (ISO/IEC 14496-10, annex B) of each track of H.264 or H.265, one piece for
 * each chunk, with its parameter sets before every key frame. The first piece begins with a key frame.
 */
export class AnnexBConverter implements ChunkConverter {
  readonly #chunkTracks: ChunkTracks;
  readonly #trackReader = new TrackReader();
  readonly #leftOut = new LeftOutTracks();
  #timeline = new Timeline();
  /** Numbers of the tracks that have begun. */
  #begun = new Set<number>();

  constructor(tracks: TrackFilter = []) {
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
    this.#timeline = new Timeline();
    this.#begun.clear();
    return [];
  }

  lost(): void {
    this.#timeline.break();
    this.#begun.clear();
  }

  *take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const found = this.#chunkTracks.read(chunk);
    const { identity } = chunk;
    const producer = identity.ProducerTimestamp;
    const { videos, unread, waits } = yield* readVideoTracks(this.#trackReader, found, chunk, budget);
    if (videos.length === 0 && waits) {
      return;
    }
    if (videos.length === 0) {
      throw noneConvertible(found, conversionStatement('conversion.onlyVideo', {}));
    }
    this.#leftOut.tell(unread, identity, results);
    const begun = videos.filter(({ samples }) => samples.length > 0).map((video) => this.#fromKey(video));
    if (begun.length === 0) {
      return;
    }
    const spans = begun.map(({ video: { track, samples, lastMs, stepMs } }) => {
      const { first, last } = shownSpan(samples);
      return { track: track.number, first, last, end: last + lastMs, stepMs };
    });
    const place = this.#timeline.place(producer, spans);
    if (place.backMs !== undefined) {
      results.note(
        'TimeWentBack',
        conversionStatement('conversion.goesBack', { backMs: Math.round(place.backMs) }),
        identity,
      );
    }
    for (const [i, { video, leftOut }] of begun.entries()) {
      const { track, samples, media } = video;
      const { configuration } = media;
      const { first, end } = spans[i] ?? { first: 0, end: 0 };
      if (leftOut > 0) {
        results.note(
          'MissingKeyFrame',
          conversionStatement('conversion.beforeKeyFrame', { frames: leftOut }),
          identity,
        );
      }
      this.#begun.add(track.number);
      results.add(
        yield* annexBStream(samples, budget),
        {
          mimeType: configuration.mimeType,
          codecs: [configuration.codec],
          ...(place.discontinuity ? { discontinuity: true as const } : {}),
          startMs: first + place.offset,
          durationMs: end - first,
          ...(producer === undefined ? {} : { producerStart: producer + first }),
          track: trackOf(track),
          frames: samples.length,
          keyframe: samples[0]?.keyframe === true,
          width: configuration.width,
          height: configuration.height,
        },
        identity,
      );
    }
  }

  #fromKey(video: VideoMediaTrack): { video: VideoMediaTrack; leftOut: number } {
    const key = this.#begun.has(video.track.number) ? 0 : firstKeyframe(video.samples);
    return { video: key === 0 ? video : { ...video, samples: video.samples.slice(key) }, leftOut: key };
  }
}
