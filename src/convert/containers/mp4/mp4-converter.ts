/** MP4 as a container: how tracks are described in it, and when its samples are decoded and shown. */
import { greatest, least } from '../../extremes';
import { audioTimes, type TrackEnd, videoTimes } from '../../samples/sample-times';
import type { TrackDeclaration } from '../../samples/track-memo';
import type { StepBudget, Steps } from '../../steps';
import type { MediaChunk } from '../../input/find-chunks';
import type { MediaFormat, TrackFilter } from '../../types';
import type { Container, Piece, PlacedTrack } from '../container';
import { FileConverter } from '../file-converter';
import { fragment, type TrackRun } from './fragment';
import { initSegment } from './init-segment';
import { mp4Format, mp4Track, type Mp4Track } from './tracks';

/**
 * Makes fragmented MP4: an init segment (`ftyp`, `moov`), then one `moof` and `mdat` for each chunk, with all tracks in
 * it, video first, so that mp4frag takes it.
 */
export class Mp4Converter extends FileConverter<Mp4Track> {
  constructor(tracks: TrackFilter = []) {
    super(new Mp4(), tracks);
  }
}

class Mp4 implements Container<Mp4Track> {
  readonly name = 'an MP4 file';
  readonly hasDecodeTimes = true;
  /** By id. */
  #ends = new Map<number, TrackEnd>();
  #sequence = 0;

  layout(track: TrackDeclaration): Mp4Track | undefined {
    return mp4Track(track);
  }

  init(layouts: readonly Mp4Track[]): Buffer {
    return initSegment(layouts);
  }

  format(layouts: readonly Mp4Track[]): MediaFormat {
    return mp4Format(layouts);
  }

  begin(): void {
    this.#ends = new Map();
    this.#sequence = 0;
  }

  *piece(
    tracks: readonly PlacedTrack<Mp4Track>[],
    offset: number,
    delayMs: number,
    _chunk: MediaChunk,
    budget: StepBudget,
  ): Steps<Piece> {
    let startMs = Infinity;
    let endMs = 0;
    const runs: TrackRun[] = [];
    for (const track of tracks) {
      const { id, layout, samples, durations, lastMs } = track;
      const { timescale } = layout;
      const ticks = (ms: number): number => Math.round((ms * timescale) / 1_000);
      const shown = samples.map(({ timeMs }) => ticks(timeMs - track.delayMs + offset));
      const before = this.#ends.get(id);
      const times =
        durations === undefined
          ? videoTimes(shown, ticks(delayMs), Math.max(1, ticks(lastMs)), before)
          : audioTimes(shown, durations, timescale, before);
      const end = greatest(times.presentation) + times.lastDuration;
      this.#ends.set(id, { end, decode: times.decode.at(-1) ?? 0 });
      startMs = Math.min(startMs, (least(times.presentation) * 1_000) / timescale);
      endMs = Math.max(endMs, (end * 1_000) / timescale);
      runs.push({
        trackId: id,
        samples,
        decodeTimes: times.decode,
        presentationTimes: times.presentation,
        lastDuration: times.lastDuration,
      });
      if (budget.spend(samples.length)) {
        yield;
      }
    }
    return { data: yield* fragment(++this.#sequence, runs, budget), startMs, endMs };
  }
}
