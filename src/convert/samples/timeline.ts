/** The output's continuous time, from chunk to chunk. */
import { greatest, least } from '../extremes';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import { longestHole } from './frame-step';

/** Times of the samples of one track of a chunk, ms from its first cluster, in the order in which they are shown. */
export interface TrackTimes {
  readonly track: number;
  readonly first: number;
  /** Time of the last sample. */
  readonly last: number;
  /** Where the last sample ends. */
  readonly end: number;
  /** How long a sample lasts, as learnt before this chunk, ms; undefined where nothing was. */
  readonly stepMs: number | undefined;
}

export interface Place {
  /** To be added to a time within the chunk for its time in the output, ms. */
  readonly offset: number;
  /** It does not continue the media before it. */
  readonly discontinuity: boolean;
  /** By how much the source goes back before the end of the last chunk, ms; undefined if it does not. */
  readonly backMs: number | undefined;
}

/** Longer than any chunk is, and still a number of ticks that a file can hold. */
const MAX_CHUNK_MS = 6 * 3_600_000;
/** Rounding to whole ms by producer and service, which is not going back. */
const ROUNDING_MS = 5;

/**
 * The output's time: it begins at 0 and increases from chunk to chunk, whatever the source's clock does. Within what belongs
 * together it is the source's, moved; where the source goes back or leaves a gap, the next chunk follows the one before.
 */
export class Timeline {
  /** Output time minus source time, ms. */
  #shift: number | undefined;
  /** Where, by the source, what has been placed ends. */
  #end = 0;
  #last = new Map<number, number>();
  #broken = false;

  /** The next chunk does not continue the last one, even if its times say so: one between was left out, or another file begins. */
  break(): void {
    this.#broken = this.#shift !== undefined;
  }

  /**
   * @param producer when the chunk's first cluster begins by the producer's clock, ms
   * @param startAt where the output begins, ms
   * @throws {ConversionError} for times that make no sense, and is then as it was
   */
  place(producer: number | undefined, tracks: readonly TrackTimes[], startAt = 0): Place {
    const start = least(tracks.map(({ first }) => first));
    const end = greatest(tracks.map((track) => track.end));
    if (end - start > MAX_CHUNK_MS) {
      const hours = Math.round((end - start) / 3_600_000);
      throw new ConversionError('InvalidTimes', conversionStatement('conversion.spansHours', { hours }));
    }
    // A chunk without times follows the one before.
    const base = producer ?? this.#end - start;
    const back = this.#back(base, tracks);
    const gap = base + start - this.#end;
    const moves =
      this.#shift === undefined ||
      back !== undefined ||
      gap > longestHole(tracks.map(({ stepMs }) => stepMs));
    const discontinuity = this.#shift !== undefined && (moves || this.#broken);
    if (this.#shift === undefined) {
      this.#shift = startAt - (base + start);
    } else if (moves) {
      this.#shift += this.#end - (base + start);
    }
    this.#broken = false;
    this.#end = moves ? base + end : Math.max(this.#end, base + end);
    this.#last = new Map(tracks.map(({ track, last }) => [track, base + last]));
    return { offset: base + this.#shift, discontinuity, backMs: back };
  }

  #back(base: number, tracks: readonly TrackTimes[]): number | undefined {
    let back = 0;
    for (const { track, first } of tracks) {
      back = Math.max(back, (this.#last.get(track) ?? -Infinity) - (base + first));
    }
    return this.#shift !== undefined && back > ROUNDING_MS ? back : undefined;
  }
}
