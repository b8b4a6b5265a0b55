/**
 * Stored media as if a camera had recorded them, for as long as wanted. A fragment is made when it is
 * requested. The media end where the simulator begins, at the end of a loop, so that a live producer continues them.
 */
import { isFileLike, type Piece, type Playable } from '../media';
import { chanceAt } from '../random';
import { Fragment } from './fragment';
import { composeFragmentNumber, decomposeFragmentNumber } from './fragment-number';
import { producedFragment } from './produced-fragment';
import type { TimestampMember } from './stored-fragment';

/** A time without media, ms before the end of the past. */
export interface RecordedGap {
  readonly beginsAgoMs: number;
  readonly lengthMs: number;
}

export interface RecordedPastOptions {
  readonly playable: Playable;
  /** The producer's own tags, as it writes them. */
  readonly customTags: Buffer;
  /** ms since the epoch. */
  readonly endsAt: number;
  /** At most so much, in whole fragments. */
  readonly lengthMs: number;
  readonly gaps: readonly RecordedGap[];
  /** Seeds the numbers' noise. */
  readonly seed: number;
}

export class RecordedPast {
  /** Fragments, those in gaps included. A fragment's index is its position in the stream. */
  readonly count: number;
  readonly #options: RecordedPastOptions;
  readonly #firstSequence: number;
  /** Where each piece begins in the loop, and how long that is, ms. */
  readonly #offsets: readonly number[];
  readonly #periodMs: number;
  /** When the loop in which the past begins would have begun, and how many of its pieces are left out. */
  readonly #base: number;
  readonly #skipped: number;

  /** @param reserve takes so many sequence numbers and returns the first */
  constructor(options: RecordedPastOptions, reserve: (count: number) => number) {
    const { playable, endsAt, lengthMs } = options;
    const { pieces } = playable;
    this.#options = options;
    let period = 0;
    this.#offsets = pieces.map(({ durationMs }) => (period += durationMs) - durationMs);
    this.#periodMs = period;
    const loops = Math.ceil(lengthMs / period);
    this.#base = Math.round(endsAt) - loops * period;
    const missing = loops * period - lengthMs;
    this.#skipped = this.#offsets.filter((offset) => offset < missing).length;
    this.count = loops * pieces.length - this.#skipped;
    this.#firstSequence = reserve(this.count);
  }

  /** Whether there was media: the fragment is in no gap. */
  has(index: number): boolean {
    const begins = this.#begins(index);
    const ends = begins + this.#piece(index).durationMs;
    return this.#options.gaps.every(({ beginsAgoMs, lengthMs }) => {
      const from = Math.round(this.#options.endsAt) - beginsAgoMs;
      return ends <= from || begins >= from + lengthMs;
    });
  }

  at(index: number): Fragment {
    const { playable, customTags } = this.#options;
    const piece = this.#piece(index);
    const ProducerTimestamp = this.#begins(index);
    const ServerTimestamp = this.time('ServerTimestamp', index);
    const fragment = new Fragment(
      producedFragment({
        ...{ playable, piece, customTags, ServerTimestamp, ProducerTimestamp },
        FragmentNumber: this.#number(index),
        elapsedMs: ProducerTimestamp - this.#begins(0),
      }),
      index,
      ServerTimestamp,
    );
    fragment.reach(piece.body.length);
    // Whatever lags behind has caught up with it.
    fragment.finish(-Infinity);
    return fragment;
  }

  /** The index of a fragment by its number; undefined if there is none. */
  find(FragmentNumber: string): number | undefined {
    const index = decomposeFragmentNumber(FragmentNumber).sequence - this.#firstSequence;
    return index >= 0 && index < this.count && this.#number(index) === FragmentNumber && this.has(index)
      ? index
      : undefined;
  }

  /** When the fragment began, ms since the epoch. */
  time(member: TimestampMember, index: number): number {
    // A Cluster that announces its size arrives when it is complete.
    const arrives = member === 'ServerTimestamp' && isFileLike(this.#options.playable.profile);
    return this.#begins(index) + (arrives ? this.#piece(index).durationMs : 0);
  }

  /** The first index whose fragment begins at a time or after it; `count` if there is none. */
  indexFrom(member: TimestampMember, time: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time(member, middle) < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #begins(index: number): number {
    const ordinal = this.#skipped + index;
    const pieces = this.#offsets.length;
    return (
      this.#base + Math.floor(ordinal / pieces) * this.#periodMs + (this.#offsets[ordinal % pieces] ?? 0)
    );
  }

  #piece(index: number): Piece {
    const { pieces } = this.#options.playable;
    const piece = pieces[(this.#skipped + index) % pieces.length];
    if (piece === undefined) {
      throw new RangeError('There is no media to make a past of.');
    }
    return piece;
  }

  #number(index: number): string {
    return composeFragmentNumber(
      {
        sequence: this.#firstSequence + index,
        serverTimestamp: this.time('ServerTimestamp', index),
      },
      () => chanceAt(this.#options.seed, index),
    );
  }
}
