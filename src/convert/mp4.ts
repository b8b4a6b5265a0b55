import { AAC_FRAME_SAMPLES } from './aac';
import { audioSample, readAac } from './audio-track';
import { greatest, least, own } from './buffers';
import type { MediaChunk } from './chunk-frames';
import { ChunkTracks, noneConvertible, trackText, type TrackFrames } from './chunk-tracks';
import { fragment, type TrackRun } from './mp4-fragment';
import { aacTrack, initSegment, opusTrack, videoTrack, type Mp4Track } from './mp4-init';
import { opusSamples, parseOpusHead } from './opus';
import { ChunkLoop, type Output } from './output';
import { ConversionError } from './problems';
import type { Sample } from './sample';
import { audioTimes, reorderDelay, typicalStep, videoTimes, type TrackEnd } from './sample-times';
import { Timeline } from './timeline';
import type { ChunkIdentity, Conversion, Converter, MediaFormat, TrackFilter } from './types';
import { VideoTrack } from './video-track';

/** Of a frame whose length nothing tells. */
const DEFAULT_FRAME_MS = 40;

/** A track of a chunk, ready to be written. */
interface ReadTrack {
  readonly mp4: Mp4Track;
  readonly samples: readonly Sample[];
  /** Of each sample in ticks; undefined for video, whose frames last until the next. */
  readonly durations: readonly number[] | undefined;
  /** Of the last frame, ms. */
  readonly lastMs: number;
}

/**
 * Makes fragmented MP4 of the chunks of one stream: an init segment (`ftyp`, `moov`), then one piece (`moof`, `mdat`) for
 * each chunk, from time 0 on and without holes. Where the tracks change so that the init segment is another, an empty
 * piece (`reset`) ends the file and the next begins, at time 0 again. Media begins with a key frame. One piece holds all
 * tracks, video first, so that mp4frag takes it.
 */
export class Mp4Converter implements Converter {
  readonly #tracks: ChunkTracks;
  #videos = new Map<number, VideoTrack>();
  /** What tracks were like in the chunk before: the next may have no frames of them. */
  #known = new Map<number, Mp4Track>();
  #leftOut: ReadonlySet<string> = new Set();
  /** Lengths of frames as last measured, ms. */
  #steps = new Map<number, number>();
  #init: Buffer | undefined;
  #timeline = new Timeline();
  /** By track id. */
  #ends = new Map<number, TrackEnd>();
  /** By which video is decoded before it is shown, ms. */
  #delayMs = 0;
  #sequence = 0;
  #waitsForKey = true;

  constructor(tracks: TrackFilter = []) {
    this.#tracks = new ChunkTracks(tracks);
  }

  convert(payload: Buffer): Conversion {
    return this.#loop.run(payload);
  }

  readonly #loop = new ChunkLoop({
    take: (chunk, output) => {
      this.#take(chunk, output);
    },
    lost: () => {
      this.#timeline.break();
      this.#waitsForKey = true;
    },
  });

  #take(chunk: MediaChunk, output: Output): void {
    const { identity } = chunk;
    const found = this.#tracks.read(chunk);
    const all = this.#read(found);
    if (all.size === 0) {
      throw noneConvertible(found, 'players take none in an MP4 file, so all such chunks are left out');
    }
    this.#tellLeftOut(found, all, identity, output);
    const tracks = this.#fromKey([...all.values()], identity, output);
    const mp4 = tracks.map((track) => track.mp4);
    const init = initSegment(mp4);
    const mimeType = mimeTypeOf(mp4);
    if (this.#init?.equals(init) !== true) {
      if (this.#init !== undefined) {
        output.note('TracksChanged', 'the tracks have changed, so a new file begins', identity);
        output.add(Buffer.alloc(0), { mimeType, reset: true }, identity);
      }
      this.#beginFile(init);
      output.add(own(init), { ...formatOf(mp4, mimeType), init: true }, identity);
    }
    if (tracks.some(({ samples }) => samples.length > 0)) {
      this.#write(chunk, tracks, formatOf(mp4, mimeType), output);
    }
  }

  /** By number. Throws `ConversionError`. */
  #read(found: readonly TrackFrames[]): Map<number, ReadTrack> {
    const videos = new Map<number, VideoTrack>();
    const known = new Map<number, Mp4Track>();
    const read = new Map<number, ReadTrack>();
    for (const track of found) {
      const { number } = track.track;
      const ready = this.#readTrack(track, videos);
      if (ready !== undefined) {
        read.set(number, ready);
        known.set(number, ready.mp4);
      }
    }
    this.#videos = videos;
    this.#known = known;
    return read;
  }

  #readTrack({ track, codec, frames }: TrackFrames, videos: Map<number, VideoTrack>): ReadTrack | undefined {
    const { number } = track;
    const remembered = this.#known.get(number);
    switch (codec.name) {
      case 'video': {
        const before = this.#videos.get(number);
        const video = before?.kind === codec.kind ? before : new VideoTrack(codec.kind);
        const { samples, configuration } = video.read(frames, codec.codecPrivate);
        videos.set(number, video);
        if (configuration === undefined && samples.length > 0) {
          throw new ConversionError(
            'InvalidCodecData',
            `no parameter sets of ${codec.kind.name} for ${trackText(track)}, neither in its codec private data nor in its frames`,
          );
        }
        const times = samples.map(({ timeMs }) => timeMs);
        const step = typicalStep(times) ?? track.defaultDurationMs ?? this.#steps.get(number);
        this.#steps.set(number, step ?? DEFAULT_FRAME_MS);
        return (
          configuration && {
            mp4: videoTrack(configuration),
            samples,
            durations: undefined,
            lastMs: step ?? DEFAULT_FRAME_MS,
          }
        );
      }
      case 'aac': {
        if (frames.length === 0 && remembered !== undefined) {
          return { mp4: remembered, samples: [], durations: [], lastMs: 0 };
        }
        const { configuration, samples } = readAac(track, frames);
        const mp4 = aacTrack(configuration);
        return withDurations(
          mp4,
          samples,
          samples.map(() => AAC_FRAME_SAMPLES),
        );
      }
      case 'opus': {
        const opus = parseOpusHead(track.codecPrivate);
        const samples = frames.map(({ data, timecodeMs }) => audioSample(data, timecodeMs - opus.delayMs));
        return withDurations(
          opusTrack(opus),
          samples,
          samples.map(({ data }) => opusSamples(data)),
        );
      }
      default:
        return undefined;
    }
  }

  /** Once for each track, for as long as it is there. */
  #tellLeftOut(
    found: readonly TrackFrames[],
    read: ReadonlyMap<number, ReadTrack>,
    identity: ChunkIdentity,
    output: Output,
  ): void {
    const leftOut = new Set<string>();
    for (const { track } of found) {
      if (!read.has(track.number)) {
        const text = trackText(track);
        leftOut.add(text);
        if (!this.#leftOut.has(text)) {
          output.note(
            'UnsupportedCodec',
            `${text} is left out: players take no such track in an MP4 file`,
            identity,
          );
        }
      }
    }
    this.#leftOut = leftOut;
  }

  /** What comes before the first key frame cannot be decoded. Throws `ConversionError` where there is none. */
  #fromKey(tracks: readonly ReadTrack[], identity: ChunkIdentity, output: Output): readonly ReadTrack[] {
    const video = tracks.find(({ mp4, samples }) => mp4.type === 'video' && samples.length > 0);
    if (!this.#waitsForKey || video === undefined) {
      return tracks;
    }
    const key = video.samples.findIndex(({ keyframe }) => keyframe);
    const keySample = video.samples[key];
    if (keySample === undefined) {
      throw new ConversionError(
        'MissingKeyFrame',
        `decoding cannot begin with this chunk: none of its ${video.samples.length} frames of video is a key frame`,
      );
    }
    this.#waitsForKey = false;
    if (key === 0) {
      return tracks;
    }
    output.note(
      'MissingKeyFrame',
      `decoding begins with a key frame, and ${key} frames of video before it were left out, with the sound to them`,
      identity,
    );
    return tracks.map((track) => {
      const from =
        track === video ? key : track.samples.findIndex(({ timeMs }) => timeMs >= keySample.timeMs);
      return {
        ...track,
        samples: from < 0 ? [] : track.samples.slice(from),
        durations: from < 0 ? [] : track.durations?.slice(from),
      };
    });
  }

  #beginFile(init: Buffer): void {
    this.#init = init;
    this.#timeline = new Timeline();
    this.#ends = new Map();
    this.#delayMs = 0;
    this.#sequence = 0;
  }

  #write(chunk: MediaChunk, all: readonly ReadTrack[], format: MediaFormat, output: Output): void {
    const { identity } = chunk;
    const producer = identity.ProducerTimestamp;
    const tracks = all
      .map((track, i) => ({ ...track, trackId: i + 1, times: track.samples.map(({ timeMs }) => timeMs) }))
      .filter(({ samples }) => samples.length > 0);
    for (const { durations, times } of tracks) {
      if (durations === undefined) {
        this.#delayMs = Math.max(this.#delayMs, reorderDelay(times));
      }
    }
    const first = least(tracks.map(({ times }) => least(times)));
    const place = this.#timeline.place(
      producer,
      tracks.map(({ trackId, times, lastMs }) => {
        const last = greatest(times);
        return { track: trackId, first: least(times), last, end: last + lastMs };
      }),
      this.#delayMs,
    );
    if (place.backMs !== undefined) {
      output.note(
        'TimeWentBack',
        `the chunk begins ${Math.round(place.backMs)} ms before the end of the one before, and was put behind it`,
        identity,
      );
    }
    let start = Infinity;
    let end = 0;
    const runs = tracks.map(
      ({ trackId, mp4: { timescale }, samples, durations, times, lastMs }): TrackRun => {
        const ticks = (ms: number): number => Math.round((ms * timescale) / 1_000);
        const shown = times.map((timeMs) => ticks(timeMs + place.offset));
        const before = this.#ends.get(trackId);
        const { decode, presentation, lastDuration } =
          durations === undefined
            ? videoTimes(shown, ticks(this.#delayMs), Math.max(1, ticks(lastMs)), before)
            : audioTimes(shown, durations, timescale, before);
        const trackEnd = greatest(presentation) + lastDuration;
        this.#ends.set(trackId, { end: trackEnd, decode: decode.at(-1) ?? 0, step: lastDuration });
        start = Math.min(start, (least(presentation) * 1_000) / timescale);
        end = Math.max(end, (trackEnd * 1_000) / timescale);
        return { trackId, samples, decodeTimes: decode, presentationTimes: presentation, lastDuration };
      },
    );
    output.add(
      fragment(++this.#sequence, runs),
      {
        ...format,
        ...(place.discontinuity ? { discontinuity: true as const } : {}),
        startMs: start,
        durationMs: end - start,
        ...(producer === undefined ? {} : { producerStart: producer + first }),
        frames: runs.reduce((sum, { samples }) => sum + samples.length, 0),
        keyframe: runs[0]?.samples[0]?.keyframe === true,
      },
      identity,
    );
  }
}

function withDurations(mp4: Mp4Track, samples: readonly Sample[], durations: readonly number[]): ReadTrack {
  return { mp4, samples, durations, lastMs: ((durations.at(-1) ?? 0) * 1_000) / mp4.timescale };
}

function mimeTypeOf(tracks: readonly Mp4Track[]): string {
  const type = tracks.some((track) => track.type === 'video') ? 'video' : 'audio';
  return `${type}/mp4; codecs="${tracks.map(({ codec }) => codec).join(', ')}"`;
}

function formatOf(tracks: readonly Mp4Track[], mimeType: string): MediaFormat {
  const video = tracks.find(({ type }) => type === 'video');
  return {
    mimeType,
    codecs: tracks.map(({ codec }) => codec),
    ...(video === undefined ? {} : { width: video.width, height: video.height }),
  };
}
