import type { Chunk, ChunkHead, CutChunk, Frame } from '../matroska';
import type { StartSelector } from '../options';
import { ChunkFailures } from './chunk-failures';
import { compareFragmentNumbers } from './fragment-number';
import { GapWatch, type JudgedGap } from './gaps';
import { Place, type ChunkPosition, type Position, type TimePosition } from './stream-cursor';

/** What is to be done with a chunk that has arrived whole. */
export type ChunkVerdict =
  /** Sent before, or before the beginning. */
  | { readonly kind: 'had' }
  /** No cluster, so no media. Its number is not had: media may yet come under it. */
  | { readonly kind: 'empty' }
  /** Not a chunk of this service. */
  | { readonly kind: 'numberless' }
  | {
      readonly kind: 'new';
      readonly FragmentNumber: string;
      readonly position: ChunkPosition;
      /** What is missing before it. */
      readonly gap: JudgedGap | undefined;
    };

/** A frame that has not been taken before. */
export interface NewFrame {
  readonly FragmentNumber: string;
  /** What is missing before its chunk; told with the first frame. */
  readonly gap: JudgedGap | undefined;
}

/**
 * Judges what responses bring, across reconnects: what is new and what has been had, and when to stop asking for what
 * keeps arriving broken. Holds the place; does nothing itself.
 */
export class Intake {
  readonly place: Place;
  readonly failures = new ChunkFailures();
  readonly #gaps: GapWatch;
  /** Frames of the chunk after the place that have been taken already. */
  #partial = { FragmentNumber: '', frames: 0 };

  constructor(start: StartSelector, position?: Position) {
    this.place = new Place(start, position);
    this.#gaps = new GapWatch(position);
  }

  /** The service has answered at this time of its clock. Gives the place that a session has by that. */
  answered(serverTime: number): TimePosition | undefined {
    const began = this.place.answered(serverTime);
    if (began !== undefined) {
      this.#gaps.begin(began.ServerTimestamp);
    }
    return began;
  }

  /** A response begins. @param isCaughtUp it follows at once on one that had nothing */
  join(isCaughtUp: boolean): void {
    this.failures.join();
    this.#gaps.join(isCaughtUp);
  }

  /** A chunk has begun to arrive. */
  head(head: ChunkHead): void {
    const { FragmentNumber } = head;
    if (FragmentNumber !== undefined) {
      this.place.seen({ ...head, FragmentNumber });
    }
  }

  /** Is what arrives a chunk that has not been taken whole before? */
  isNews(arriving: ChunkHead | undefined): boolean {
    const { FragmentNumber } = arriving ?? {};
    return FragmentNumber !== undefined && !this.#has(FragmentNumber);
  }

  /** Undefined for a frame that has been had: those of a chunk that is fetched again come twice. */
  frame(frame: Frame, head: ChunkHead): NewFrame | undefined {
    const { FragmentNumber } = head;
    if (FragmentNumber === undefined || this.#has(FragmentNumber)) {
      return undefined;
    }
    const isFirst = this.#partial.FragmentNumber !== FragmentNumber;
    const isUnfinished = isFirst && this.#hasUnfinished();
    if (isFirst) {
      this.#partial = { FragmentNumber, frames: 0 };
    }
    if (frame.index < this.#partial.frames) {
      return undefined;
    }
    this.#partial.frames = frame.index + 1;
    return { FragmentNumber, gap: isFirst ? this.#gaps.before(head, isUnfinished) : undefined };
  }

  /** Frames of a chunk were taken, and the rest of it has neither come nor been given up. */
  #hasUnfinished(): boolean {
    const { FragmentNumber } = this.#partial;
    return FragmentNumber !== '' && !this.place.has(FragmentNumber);
  }

  chunk(chunk: Chunk): ChunkVerdict {
    const { FragmentNumber, lengthMs } = chunk;
    if (!chunk.hasCluster) {
      this.#gaps.passed(chunk);
      return { kind: 'empty' };
    }
    if (FragmentNumber === undefined) {
      return { kind: 'numberless' };
    }
    if (this.#has(FragmentNumber)) {
      this.#gaps.passed(chunk);
      return { kind: 'had' };
    }
    if (this.place.isEarly(chunk, lengthMs, chunk.MillisBehindNow)) {
      this.#moveTo(FragmentNumber, chunk, lengthMs);
      return { kind: 'had' };
    }
    this.place.begun();
    const gap = this.#partial.FragmentNumber === FragmentNumber ? undefined : this.#gaps.before(chunk);
    return { kind: 'new', FragmentNumber, gap, position: this.#moveTo(FragmentNumber, chunk, lengthMs) };
  }

  /**
   * Fetch the chunk again, give it up, or let it be because it does not matter.
   *
   * @param followed whether the next chunk has begun in the same response
   */
  cut(
    { head, hasCluster, sizeInBytes }: CutChunk,
    followed: boolean,
  ): 'again' | 'give-up' | 'ignore' | 'numberless' {
    const { FragmentNumber } = head;
    if (FragmentNumber === undefined) {
      // Where the response ended, the number may have been about to come.
      return hasCluster || followed ? 'numberless' : 'ignore';
    }
    if (this.#has(FragmentNumber)) {
      return 'ignore';
    }
    if (!hasCluster && followed) {
      // As far as can be told it is one without media, which have no closing tags either.
      this.#gaps.passed(head);
      return 'ignore';
    }
    return this.failures.cut(FragmentNumber, sizeInBytes, followed);
  }

  /** Continues after a chunk that cannot be had. Undefined where that has been done. */
  giveUp(head: ChunkHead): ChunkPosition | undefined {
    const { FragmentNumber } = head;
    return FragmentNumber === undefined || this.#has(FragmentNumber)
      ? undefined
      : this.#moveTo(FragmentNumber, head);
  }

  /** The service does not know the position any more. */
  fallBack(): void {
    if (this.place.fallBack()) {
      this.#gaps.regainSight();
    } else {
      this.#gaps.loseSight();
    }
  }

  /** Has any message of the chunk been taken? */
  knows(FragmentNumber: string): boolean {
    return this.place.has(FragmentNumber) || this.#partial.FragmentNumber === FragmentNumber;
  }

  /** Had, or too late: frames of a later chunk have been sent, and the order is kept. */
  #has(FragmentNumber: string): boolean {
    const { FragmentNumber: partial } = this.#partial;
    return (
      this.place.has(FragmentNumber) ||
      (partial !== '' && compareFragmentNumbers(FragmentNumber, partial) < 0)
    );
  }

  #moveTo(
    FragmentNumber: string,
    { ContinuationToken, ServerTimestamp }: Pick<Chunk, 'ContinuationToken' | 'ServerTimestamp'>,
    lengthMs?: number,
  ): ChunkPosition {
    const position = {
      FragmentNumber,
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      ...(ServerTimestamp === undefined ? {} : { ServerTimestamp }),
    };
    this.place.moveTo(position);
    this.#gaps.passed({ ...position, ...(lengthMs === undefined ? {} : { lengthMs }) });
    this.failures.settle((number) => this.place.has(number));
    return position;
  }
}
