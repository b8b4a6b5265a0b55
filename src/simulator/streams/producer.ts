/** A camera: plays media in a loop into a stream, in real time, one producer session after the other. */
import type { Clock } from '../../clock';
import { isFileLike, tags, type Piece, type Playable } from '../media';
import type { Fragment, FragmentInit } from './fragment';
import type { FragmentNumbers } from './fragment-number';
import { producedFragment } from './produced-fragment';

/** A timer this late means that the machine slept: the camera connects anew rather than catching up. */
const LOST_TOUCH_MS = 60_000;
/** Frames are delivered in batches no closer than this, which keeps fifty streams cheap. */
const BATCH_MS = 20;

/** What goes into one Tags element. */
export type TagGroup = readonly (readonly [name: string, value: string])[];

/** Each group as a Tags element. */
export function tagElements(groups: readonly TagGroup[]): Buffer {
  return Buffer.concat(groups.map((group) => tags(group, 8)));
}

/** What a producer needs of the stream into which it produces. */
export interface ProducerTarget {
  readonly numbers: FragmentNumbers;
  /** By the clock's `monotonic`. */
  lastMediaAt: number;
  append(init: FragmentInit, at: number): Fragment;
  changed(): void;
}

export class Producer {
  readonly #stream: ProducerTarget;
  readonly #playable: Playable;
  readonly #clock: Clock;
  readonly #tags: Buffer;
  #running = false;
  #cancelTimer: () => void = () => undefined;
  /** When this session's media began, ms since the epoch; undefined before the first. */
  #sessionStart: number | undefined;
  /** Media produced in this session, ms. */
  #elapsed = 0;
  #pieceIndex = 0;
  #frameIndex = 0;
  #open: Fragment | undefined;

  /** @param customTags the producer's own tags, as it writes them */
  constructor(stream: ProducerTarget, playable: Playable, clock: Clock, customTags: Buffer) {
    this.#stream = stream;
    this.#playable = playable;
    this.#clock = clock;
    this.#tags = customTags;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Begins to produce in real time, as if it had begun `historyMs` ago. */
  start(historyMs = 0): void {
    if (this.#playable.pieces.length === 0) {
      return;
    }
    this.#running = true;
    this.#beginSession(this.#clock.now() - historyMs);
    this.#tick();
  }

  /** Makes the last `historyMs` of media, whole fragments only, and stands still. */
  prefill(historyMs: number): void {
    const now = this.#clock.now();
    this.#beginSession(now - historyMs);
    while (this.#due + this.#piece.durationMs <= now) {
      this.#produceWhole(this.#due + this.#piece.durationMs);
    }
  }

  pause(): void {
    this.#cancelTimer();
    if (!this.#running && this.#open === undefined) {
      return;
    }
    this.#running = false;
    this.#breakOff();
    this.#stream.lastMediaAt = this.#clock.monotonic();
    this.#stream.changed();
  }

  resume(): void {
    if (!this.#running) {
      this.start();
    }
  }

  produceFragment(): Fragment {
    this.#sessionStart ??= this.#clock.now();
    if (this.#open !== undefined) {
      const open = this.#open;
      this.#finishOpen(true);
      this.#stream.changed();
      return open;
    }
    const fragment = this.#produceWhole(this.#clock.now());
    this.#stream.changed();
    return fragment;
  }

  produceFrame(): Fragment {
    const now = this.#clock.now();
    this.#sessionStart ??= now;
    const fragment = (this.#open ??= this.#begin(now));
    this.#frameIndex++;
    fragment.reach(this.#piece.frames[this.#frameIndex - 1]?.end ?? 0);
    this.#stream.lastMediaAt = this.#clock.monotonic();
    if (this.#frameIndex === this.#piece.frames.length) {
      this.#finishOpen(true);
    }
    this.#stream.changed();
    return fragment;
  }

  get #piece(): Piece {
    const piece = this.#playable.pieces[this.#pieceIndex];
    if (piece === undefined) {
      throw new RangeError('There is no media to produce.');
    }
    return piece;
  }

  /** When the current piece begins, ms since the epoch. */
  get #due(): number {
    return (this.#sessionStart ?? 0) + this.#elapsed;
  }

  #beginSession(at: number): void {
    if (this.#sessionStart !== undefined) {
      this.#stream.numbers.startSession();
    }
    this.#sessionStart = Math.round(at);
    this.#elapsed = 0;
  }

  #tick(): void {
    const now = this.#clock.now();
    let changed = false;
    while (this.#running) {
      const piece = this.#piece;
      const end = this.#due + piece.durationMs;
      if (isFileLike(this.#playable.profile)) {
        // Its Cluster's size comes first, so such a producer cannot begin to send before it has all of it.
        if (now < end) {
          break;
        }
        this.#produceWhole(end);
        changed = true;
      } else {
        if (now < this.#due) {
          break;
        }
        changed = this.#catchUp(piece, now) || changed;
        if (now < end) {
          break;
        }
        this.#finishOpen(true);
        changed = true;
      }
    }
    if (changed) {
      this.#stream.lastMediaAt = this.#clock.monotonic();
      this.#stream.changed();
    }
    this.#schedule(now);
  }

  #catchUp(piece: Piece, now: number): boolean {
    this.#open ??= this.#begin(this.#due);
    const before = this.#frameIndex;
    const dueMs = now - this.#due + piece.startMs;
    while ((piece.frames[this.#frameIndex]?.dueMs ?? Infinity) <= dueMs) {
      this.#frameIndex++;
    }
    this.#open.reach(piece.frames[this.#frameIndex - 1]?.end ?? 0);
    return this.#frameIndex > before;
  }

  #schedule(now: number): void {
    const piece = this.#piece;
    const end = this.#due + piece.durationMs;
    const frame = isFileLike(this.#playable.profile) ? undefined : piece.frames[this.#frameIndex];
    const next = frame === undefined ? end : this.#due + frame.dueMs - piece.startMs;
    const wait = Math.max(next - now, Math.min(BATCH_MS, end - now));
    this.#cancelTimer = this.#clock.after(wait, () => {
      if (this.#clock.now() - next > LOST_TOUCH_MS) {
        this.#breakOff();
        this.#beginSession(this.#clock.now());
      }
      this.#tick();
    });
  }

  #produceWhole(at: number): Fragment {
    const fragment = this.#begin(at);
    this.#open = fragment;
    this.#finishOpen(true);
    return fragment;
  }

  #begin(serverTimestamp: number): Fragment {
    this.#frameIndex = 0;
    return this.#stream.append(
      producedFragment({
        playable: this.#playable,
        piece: this.#piece,
        FragmentNumber: this.#stream.numbers.next(serverTimestamp),
        ServerTimestamp: serverTimestamp,
        ProducerTimestamp: this.#due,
        elapsedMs: this.#elapsed,
        customTags: this.#tags,
      }),
      serverTimestamp,
    );
  }

  /** Ends the open fragment: with all of its media, or (`whole` false) with what has been produced of it. */
  #finishOpen(whole: boolean): void {
    const fragment = this.#open;
    if (fragment === undefined) {
      return;
    }
    const piece = this.#piece;
    fragment.reach(whole ? piece.body.length : fragment.available);
    fragment.finish(Math.max(fragment.ingestedAt, Math.min(this.#due + piece.durationMs, this.#clock.now())));
    this.#open = undefined;
    this.#elapsed += piece.durationMs;
    this.#pieceIndex = (this.#pieceIndex + 1) % this.#playable.pieces.length;
    this.#frameIndex = 0;
  }

  /** The producer goes away in mid-fragment. A Cluster that announced its size has to be finished all the same. */
  #breakOff(): void {
    this.#finishOpen(isFileLike(this.#playable.profile));
  }
}
