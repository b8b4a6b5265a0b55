import { greatest, least } from './buffers';
import type { MediaChunk } from './chunk-frames';
import { ChunkTracks, noneConvertible } from './chunk-tracks';
import { FileTracks, type FileTrack } from './file-tracks';
import { firstKey } from './key-start';
import { LeftOutTracks, type LeftOutTrack } from './left-out';
import { PREFIX_BYTES, prefixedSize, writeAnnexB } from './nal-units';
import { ChunkLoop, type Output } from './output';
import type { VideoConfiguration } from './parameter-sets';
import type { Sample } from './sample';
import { Timeline } from './timeline';
import { trackOf, type Conversion, type Converted, type Converter, type TrackFilter } from './types';

/** A track of video of a chunk. */
export interface VideoFileTrack extends FileTrack {
  readonly configuration: VideoConfiguration;
}

/**
 * Makes an elementary stream with start codes (ISO/IEC 14496-10, annex B) of each track of H.264 or H.265, one piece for
 * each chunk, with all parameter sets before every key frame. The first piece begins with a key frame.
 */
export class AnnexBConverter implements Converter {
  readonly #chunkTracks: ChunkTracks;
  readonly #fileTracks = new FileTracks();
  readonly #leftOut = new LeftOutTracks();
  #timeline = new Timeline();
  /** Numbers of the tracks that have begun. */
  #begun = new Set<number>();

  constructor(tracks: TrackFilter = []) {
    this.#chunkTracks = new ChunkTracks(tracks);
  }

  readonly #loop = new ChunkLoop({
    take: (chunk, output) => {
      this.#take(chunk, output);
    },
    lost: () => {
      this.#timeline.break();
      this.#begun.clear();
    },
  });

  convert(payload: Buffer): Conversion {
    return this.#loop.run(payload);
  }

  end(): readonly Converted[] {
    this.#timeline = new Timeline();
    this.#begun.clear();
    return [];
  }

  #take(chunk: MediaChunk, output: Output): void {
    const found = this.#chunkTracks.read(chunk);
    const { identity } = chunk;
    const producer = identity.ProducerTimestamp;
    const { videos, unread } = videoTracks(this.#fileTracks, found, producer);
    if (videos.length === 0) {
      throw noneConvertible(
        found,
        'only H.264 and H.265 have the form of Annex B, so the chunks are left out',
      );
    }
    this.#leftOut.tell(unread, identity, output);
    const begun = videos.filter(({ samples }) => samples.length > 0).map((video) => this.#fromKey(video));
    if (begun.length === 0) {
      return;
    }
    const spans = begun.map(({ video: { track, samples, lastMs, stepMs } }) => {
      const times = samples.map(({ timeMs }) => timeMs);
      const last = greatest(times);
      return { track: track.number, first: least(times), last, end: last + lastMs, stepMs };
    });
    const place = this.#timeline.place(producer, spans);
    if (place.backMs !== undefined) {
      output.note(
        'TimeWentBack',
        `the chunk begins ${Math.round(place.backMs)} ms before the end of the one before`,
        identity,
      );
    }
    for (const [i, { video, leftOut }] of begun.entries()) {
      const { track, samples, configuration } = video;
      const { first, end } = spans[i] ?? { first: 0, end: 0 };
      if (leftOut > 0) {
        output.note(
          'MissingKeyFrame',
          `decoding begins with a key frame, so ${leftOut} frames before it were left out`,
          identity,
        );
      }
      this.#begun.add(track.number);
      output.add(
        elementaryStream(samples, configuration),
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

  #fromKey(video: VideoFileTrack): { video: VideoFileTrack; leftOut: number } {
    const key = this.#begun.has(video.track.number) ? 0 : firstKey(video.samples);
    return { video: key === 0 ? video : { ...video, samples: video.samples.slice(key) }, leftOut: key };
  }
}

export interface VideoTracks {
  readonly videos: readonly VideoFileTrack[];
  readonly unread: readonly LeftOutTrack[];
}

/** Reads the tracks of H.264 and H.265. Throws `ConversionError`, as `FileTracks` does. */
export function videoTracks(
  reader: FileTracks,
  found: Parameters<FileTracks['read']>[0],
  producer: number | undefined,
): VideoTracks {
  const { tracks, unread } = reader.read(
    found.filter(({ codec }) => codec.name === 'video'),
    producer,
  );
  return {
    videos: tracks.flatMap((file) =>
      file.media.name === 'video' ? [{ ...file, configuration: file.media.configuration }] : [],
    ),
    unread,
  };
}

/** The frames with start codes, in memory of its own. */
export function elementaryStream(samples: readonly Sample[], configuration: VideoConfiguration): Buffer {
  const frames = samples.map((sample) => ({ sample, ...setsFor(sample, configuration) }));
  const size = frames.reduce(
    (sum, { sample, sets }) =>
      sum +
      prefixedSize(sample.units ?? []) +
      sets.reduce((bytes, set) => bytes + PREFIX_BYTES + set.length, 0),
    0,
  );
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const { sample, sets, delimiter } of frames) {
    const units = sample.units ?? [];
    at = writeAnnexB(sample.data, units.slice(0, delimiter), bytes, at);
    for (const set of sets) {
      at = writeAnnexB(set, [0, set.length], bytes, at);
    }
    at = writeAnnexB(sample.data, units.slice(delimiter), bytes, at);
  }
  return bytes;
}

/** The parameter sets that a key frame does not bring itself, to be written behind its access unit delimiter. */
function setsFor(
  { data, keyframe, units = [] }: Sample,
  { kind, sets }: VideoConfiguration,
): { sets: readonly Buffer[]; delimiter: number } {
  if (!keyframe) {
    return { sets: [], delimiter: 0 };
  }
  const brought = new Set<string>();
  for (let i = 0; i + 1 < units.length; i += 2) {
    const nal = data.subarray(units[i], units[i + 1]);
    if (kind.isParameterSet(typeAt(nal, kind))) {
      brought.add(kind.keyOfSet(nal));
    }
  }
  const begins = data.subarray(units[0] ?? 0);
  return {
    sets: brought.size === 0 ? sets : sets.filter((set) => !brought.has(kind.keyOfSet(set))),
    delimiter: kind.isDelimiter(typeAt(begins, kind)) ? 2 : 0,
  };
}

function typeAt(nal: Buffer, kind: VideoConfiguration['kind']): number {
  return kind.typeOf(nal[0] ?? 0);
}
