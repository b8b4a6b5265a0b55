/** Where chunks are on a clip's time line, and what is missing between them. Times are in ms of the producer's clock. */
import { longestHole } from '../samples/frame-step';

/** When the samples of one track of a chunk are shown. */
export interface ShownTrack {
  readonly track: number;
  readonly first: number;
  /** When the last sample is shown, and where it ends. */
  readonly last: number;
  readonly end: number;
  /** How long a sample lasts; undefined where nothing tells. */
  readonly stepMs: number | undefined;
}

export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Rounding to whole ms by producer and service, which is not going back. */
const ROUNDING_MS = 5;

/**
 * The clip's time is the producer's, so that whoever knows when something happened finds it: a hole stays as long as it
 * was. Where a chunk begins before the end of what came before, it is moved after that, until a hole takes the delay up
 * again. What has been there already, from a producer that sent it again or that set its clock back, is left out, as the
 * service does in its own clips.
 */
export class ChunkPlaces {
  readonly gaps: Gap[] = [];
  /** By track: when the last sample is shown, in the clip and by its own time. */
  #last = new Map<number, { readonly shown: number; readonly own: number }>();
  #end: number | undefined;
  #delay = 0;

  /** Where the media ends so far; undefined before the first chunk. */
  get end(): number | undefined {
    return this.#end;
  }

  /** What has to be added to the chunk's times; undefined for one that has been there already. */
  place(tracks: readonly ShownTrack[]): number | undefined {
    const isKnown = tracks.every(
      ({ track, last }) => last <= (this.#last.get(track)?.own ?? -Infinity) + ROUNDING_MS,
    );
    if (isKnown) {
      return undefined;
    }
    const first = tracks.reduce((least, track) => Math.min(least, track.first), Infinity);
    const fits = (delay: number): boolean =>
      tracks.every(
        (track) => track.first + delay >= (this.#last.get(track.track)?.shown ?? -Infinity) - ROUNDING_MS,
      );
    this.#delay = [0, this.#delay].find(fits) ?? (this.#end ?? first) - first;
    if (
      this.#end !== undefined &&
      first + this.#delay - this.#end > longestHole(tracks.map(({ stepMs }) => stepMs))
    ) {
      this.gaps.push({ from: this.#end, to: first + this.#delay });
    }
    for (const { track, last, end } of tracks) {
      this.#last.set(track, { shown: last + this.#delay, own: last });
      this.#end = Math.max(this.#end ?? -Infinity, end + this.#delay);
    }
    return this.#delay;
  }
}
