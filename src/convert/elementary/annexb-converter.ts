import { greatest, least } from '../buffers';
import type { MediaChunk } from '../input/find-chunks';
import { ChunkTracks, noneConvertible } from '../input/chunk-tracks';
import { FileTracks, type FileTrack } from '../samples/track-reader';
import { firstKey } from '../samples/first-keyframe';
import { LeftOutTracks, type LeftOutTrack } from '../input/left-out-tracks';
import { nalsOf, prefixedSize, writeAnnexB, type NalUnits } from '../codecs/nal-units';
import { ChunkLoop, type Output } from '../output';
import type { VideoConfiguration } from '../codecs/parameter-sets';
import { ConversionError } from '../problems';
import { partsOf, type Sample } from '../samples/sample';
import { Timeline } from '../samples/timeline';
import { trackOf, type Conversion, type Converted, type Converter, type TrackFilter } from '../types';

/** What start codes and parameter sets may add to the frames of a chunk, besides as much again. */
const MAX_ADDED_BYTES = 8 * 1024 * 1024;

/** A track of video of a chunk. */
export interface VideoFileTrack extends FileTrack {
  readonly configuration: VideoConfiguration;
}

/**
 * Makes an elementary stream with start codes (ISO/IEC 14496-10, annex B) of each track of H.264 or H.265, one piece for
 * each chunk, with its parameter sets before every key frame. The first piece begins with a key frame.
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

  steps(payload: Buffer): Iterable<Conversion> {
    return this.#loop.steps(payload);
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
    const { videos, unread, waits } = videoTracks(this.#fileTracks, found, producer);
    if (videos.length === 0 && waits) {
      return;
    }
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
        elementaryStream(samples),
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
  /** There are tracks of which nothing can be said yet. */
  readonly waits: boolean;
}

/** Reads the tracks of H.264 and H.265. Throws `ConversionError`, as `FileTracks` does. */
export function videoTracks(
  reader: FileTracks,
  found: Parameters<FileTracks['read']>[0],
  producer: number | undefined,
): VideoTracks {
  const { tracks, unread, waiting } = reader.read(
    found.filter(({ codec }) => codec.name === 'video'),
    producer,
  );
  return {
    videos: tracks.flatMap((file) =>
      file.media.name === 'video' ? [{ ...file, configuration: file.media.configuration }] : [],
    ),
    unread,
    waits: waiting.length > 0,
  };
}

/** The frames with start codes, in memory of its own; each key frame has its parameter sets. Throws `ConversionError`. */
export function elementaryStream(samples: readonly Sample[]): Buffer {
  const pieces = samples.flatMap(piecesOf);
  const size = pieces.reduce((sum, { units }) => sum + prefixedSize(units), 0);
  const media = samples.reduce((sum, sample) => sum + sample.size, 0);
  if (samples.length > 1 && size - media > MAX_ADDED_BYTES + media) {
    throw new ConversionError(
      'ChunkTooLarge',
      `${media} bytes of frames would become ${size} bytes, most of them parameter sets before key frames`,
    );
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const { data, units } of pieces) {
    at = writeAnnexB(data, units, bytes, at);
  }
  return bytes;
}

/** NAL units in one piece of memory, to be written one after the other. */
interface Piece {
  readonly data: Buffer;
  readonly units: NalUnits;
}

/** A frame's own pieces and, after its access unit delimiter, the parameter sets that a key frame does not bring itself. */
function piecesOf(sample: Sample): readonly Piece[] {
  const pieces = partsOf(sample).map(({ data, units = [] }): Piece => ({ data, units }));
  const [first, ...more] = pieces;
  if (sample.configuration === undefined || first === undefined) {
    return pieces;
  }
  const { kind, sets } = sample.configuration;
  const brought = new Set(
    pieces.flatMap(({ data, units }) =>
      nalsOf(data, units)
        .filter((nal) => kind.roleOf(nal, 0) === 'set')
        .map((nal) => kind.keyOfSet(nal)),
    ),
  );
  const missing = brought.size === 0 ? sets : sets.filter((set) => !brought.has(kind.keyOfSet(set)));
  const delimiter = kind.roleOf(first.data, first.units[0] ?? 0) === 'delimiter' ? 2 : 0;
  return [
    { data: first.data, units: first.units.slice(0, delimiter) },
    ...missing.map((set): Piece => ({ data: set, units: [0, set.length] })),
    { data: first.data, units: first.units.slice(delimiter) },
    ...more,
  ];
}
