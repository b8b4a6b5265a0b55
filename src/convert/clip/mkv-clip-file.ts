/** Matroska, for what no MP4 holds. It hides nothing: it begins with the key frame before the range. */
import { Mkv, type MkvTrack } from '../containers/matroska/mkv-converter';
import type { MediaChunk } from '../input/find-chunks';
import type { MediaTrack } from '../samples/media-track';
import type { TrackMemo } from '../samples/track-memo';
import type { StepBudget, Steps } from '../steps';
import type { ClipFile, ClipMedia, ClipSamples, FinishedFile } from './clip-file';

/** How tracks are described in Matroska; undefined for one that cannot be read at all. */
export type MkvLayouts = TrackMemo<MkvTrack | undefined>;

interface PlacedTrack {
  readonly layout: MkvTrack;
  /** 1, 2, … in the order of the file. */
  readonly id: number;
}

export class MkvClipFile implements ClipFile {
  readonly isExact = false;
  readonly isFull = false;
  readonly #mkv = new Mkv();
  readonly #tracks = new Map<number, PlacedTrack>();
  #mediaBytes = 0;
  #startMs: number | undefined;
  #endMs = 0;

  constructor(private readonly layouts: MkvLayouts) {}

  get mediaBytes(): number {
    return this.#mediaBytes;
  }

  takes(tracks: readonly MediaTrack[]): boolean {
    return tracks.every((track) => {
      const known = this.#tracks.get(track.track.number)?.layout;
      const layout = this.layouts.of(track);
      return (
        layout !== undefined &&
        (known === undefined || known === layout || this.#describe(known).equals(this.#describe(layout)))
      );
    });
  }

  *add(tracks: readonly ClipSamples[], chunk: MediaChunk, budget: StepBudget): Steps<ClipMedia> {
    const firsts = tracks.map(({ samples, offsetMs }) => (samples[0]?.timeMs ?? 0) + offsetMs);
    this.#startMs ??= Math.min(...firsts);
    this.#endMs = Math.max(this.#endMs, ...tracks.map(({ endMs }) => endMs));
    const [{ offsetMs }] = [tracks[0] ?? { offsetMs: 0 }];
    const placed = tracks.flatMap(({ track, samples, durations }) => {
      const known = this.#trackOf(track);
      return known === undefined ? [] : [{ ...track, ...known, samples, durations }];
    });
    const { data } = yield* this.#mkv.piece(placed, offsetMs - this.#startMs, 0, chunk, budget);
    this.#mediaBytes += data.length;
    return {
      bytes: data.length,
      *write(target, at, own) {
        data.copy(target, at);
        if (own.spendBytes(data.length)) {
          yield;
        }
      },
    };
  }

  *finish(fromMs: number, toMs: number, budget: StepBudget): Steps<FinishedFile> {
    if (budget.spend(this.#tracks.size)) {
      yield;
    }
    const startMs = this.#startMs ?? fromMs;
    const endMs = Math.min(toMs, this.#endMs);
    const layouts = [...this.#tracks.values()].map(({ layout }) => layout);
    return {
      head: this.#mkv.init(layouts, endMs - startMs),
      format: this.#mkv.format(layouts),
      startMs,
      endMs,
    };
  }

  #trackOf(track: MediaTrack): PlacedTrack | undefined {
    const { number } = track.track;
    const layout = this.layouts.of(track);
    const known = this.#tracks.get(number);
    if (known !== undefined || layout === undefined) {
      return known;
    }
    const made = { layout, id: this.#tracks.size + 1 };
    this.#tracks.set(number, made);
    return made;
  }

  #describe(layout: MkvTrack): Buffer {
    return this.#mkv.init([layout]);
  }
}
