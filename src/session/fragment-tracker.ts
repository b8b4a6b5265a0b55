/** Which of the fragments that responses bring are new, across reconnects. */
import type { Chunk, ChunkHead, TruncatedChunk, Frame } from '../matroska';
import { compareFragmentNumbers } from './fragment-number';
import { GapWatch, type JudgedGap } from './gaps';
import {
  positionOf,
  type ChunkPosition,
  type Position,
  type PositionParts,
  type StreamCursor,
  type TimePosition,
} from './stream-cursor';

/** What a chunk is that has arrived whole. */
export type ChunkVerdict =
  /** Sent before, or before the beginning. */
  | { readonly kind: 'duplicate' }
  /** No cluster, so no media. The cursor stays where it is: media may yet come under its number. */
  | { readonly kind: 'empty' }
  /** Not a chunk of this service. */
  | { readonly kind: 'withoutNumber' }
  | {
      readonly kind: 'new';
      readonly FragmentNumber: string;
      readonly position: ChunkPosition;
      /** What is missing before it. */
      readonly gap: JudgedGap | undefined;
    };

/**
 * What a chunk is that has arrived in part.
 *
 * - `wanted`: it has to be fetched again
 * - `duplicate`: it was sent or skipped before
 * - `numberNotYetRead`: the response ended before its number, so nothing is known about it
 * - `withoutNumber`: it continues without a number
 * - `empty`: as far as can be told it has no media
 */
export type TruncatedVerdict =
  | { readonly kind: 'empty' | 'withoutNumber' | 'numberNotYetRead' }
  | { readonly kind: 'wanted' | 'duplicate'; readonly FragmentNumber: string };

/** A frame that has not been taken before. */
export interface NewFrame {
  readonly FragmentNumber: string;
  /** What is missing before its chunk; reported with the first frame. */
  readonly gap: JudgedGap | undefined;
}

const NO_FRAME: NewFrame = { FragmentNumber: '', gap: undefined };

/** Judges what arrives and moves the cursor; it calls nobody and decides nothing. */
export class FragmentTracker {
  readonly #gaps: GapWatch;
  /**
   * Frames of the chunk after the cursor that have been taken already, and what all but the first of them are. `isAhead`:
   * the cursor was before that chunk, and neither has it moved nor another chunk begun since.
   */
  #partial = { FragmentNumber: '', frames: 0, later: NO_FRAME, isAhead: false };

  /** @param position where the cursor was left by an earlier session */
  constructor(
    readonly cursor: StreamCursor,
    position?: Position,
  ) {
    this.#gaps = new GapWatch(position);
  }

  /** The service has answered at this time of its clock. Gives the position that a session has by that. */
  answered(serverTime: number): TimePosition | undefined {
    const began = this.cursor.answered(serverTime);
    if (began !== undefined) {
      this.#gaps.begin(began.ServerTimestamp);
    }
    return began;
  }

  /** Notes the beginning of a response. @param isCaughtUp it follows at once on one that had nothing */
  responseBegins(isCaughtUp: boolean): void {
    this.#gaps.responseBegins(isCaughtUp);
    if (this.cursor.isInexact) {
      this.#gaps.loseSight();
    }
  }

  /** Notes a chunk that has begun to arrive. */
  head(head: ChunkHead): void {
    const { FragmentNumber } = head;
    if (FragmentNumber !== undefined) {
      this.cursor.seen({ ...head, FragmentNumber });
      // That may have told the cursor where the session began.
      this.#partial.isAhead = false;
    }
  }

  /** Is what arrives a chunk that has not been taken whole before? */
  isNew({ FragmentNumber }: ChunkHead): boolean {
    return FragmentNumber !== undefined && !this.#isDuplicate(FragmentNumber);
  }

  /** Undefined for a duplicate: the frames of a chunk that is fetched again come twice. */
  frame({ index }: Pick<Frame, 'index'>, head: ChunkHead): NewFrame | undefined {
    const { FragmentNumber } = head;
    const isFirst = this.#partial.FragmentNumber !== FragmentNumber;
    if (
      FragmentNumber === undefined ||
      ((isFirst || !this.#partial.isAhead) && this.#isDuplicate(FragmentNumber))
    ) {
      return undefined;
    }
    const isUnfinished = isFirst && this.#hasUnfinished();
    if (isFirst) {
      const later = { FragmentNumber, gap: undefined };
      this.#partial = { FragmentNumber, frames: 0, later, isAhead: true };
    }
    if (index < this.#partial.frames) {
      return undefined;
    }
    this.#partial.frames = index + 1;
    return isFirst ? { FragmentNumber, gap: this.#gaps.before(head, isUnfinished) } : this.#partial.later;
  }

  /** Judges a chunk that is whole, and moves the cursor after it where it is new or too early to be wanted. */
  chunk(chunk: Chunk): ChunkVerdict {
    const { FragmentNumber, lengthMs } = chunk;
    if (!chunk.hasCluster) {
      this.#gaps.passed(chunk);
      return { kind: 'empty' };
    }
    if (FragmentNumber === undefined) {
      return { kind: 'withoutNumber' };
    }
    if (this.#isDuplicate(FragmentNumber)) {
      this.#gaps.passed(chunk);
      return { kind: 'duplicate' };
    }
    if (this.cursor.isEarly(chunk, lengthMs, chunk.MillisBehindNow)) {
      this.#moveTo(FragmentNumber, chunk, lengthMs);
      return { kind: 'duplicate' };
    }
    this.cursor.begun();
    const gap = this.#partial.FragmentNumber === FragmentNumber ? undefined : this.#gaps.before(chunk);
    return { kind: 'new', FragmentNumber, gap, position: this.#moveTo(FragmentNumber, chunk, lengthMs) };
  }

  /**
   * Judges a chunk that is not whole.
   *
   * @param isFollowed whether the next chunk has begun in the same response
   */
  truncated(
    { head, hasCluster }: Pick<TruncatedChunk, 'head' | 'hasCluster'>,
    isFollowed: boolean,
  ): TruncatedVerdict {
    const { FragmentNumber } = head;
    if (FragmentNumber === undefined) {
      return { kind: hasCluster || isFollowed ? 'withoutNumber' : 'numberNotYetRead' };
    }
    if (this.#isDuplicate(FragmentNumber)) {
      return { kind: 'duplicate', FragmentNumber };
    }
    if (!hasCluster && isFollowed) {
      // Chunks without media have no closing tags either.
      this.#gaps.passed(head);
      return { kind: 'empty' };
    }
    return { kind: 'wanted', FragmentNumber };
  }

  /** Moves after a chunk that cannot be fetched. Undefined where the cursor is past it. */
  skip(head: ChunkHead): ChunkPosition | undefined {
    const { FragmentNumber } = head;
    return FragmentNumber === undefined || this.#isDuplicate(FragmentNumber)
      ? undefined
      : this.#moveTo(FragmentNumber, head);
  }

  /** The service does not know the position any more: it is named another way, and media may be missing. */
  fallBack(): void {
    if (this.cursor.fallBack()) {
      this.#gaps.regainSight();
    } else {
      this.#gaps.loseSight();
    }
  }

  /**
   * Responses repeat a chunk that the cursor has passed: the next call names the position in another way. While that
   * way is exact, nothing can have been missed.
   */
  skipBlockedPosition(): void {
    this.cursor.skipBlockedPosition();
    if (!this.cursor.isInexact) {
      this.#gaps.regainSight();
    }
  }

  /** Has any message of the chunk been taken? */
  knows(FragmentNumber: string): boolean {
    return this.cursor.isPast(FragmentNumber) || this.#partial.FragmentNumber === FragmentNumber;
  }

  /** Taken before, or too late: frames of a later chunk have been sent, and the order is kept. */
  #isDuplicate(FragmentNumber: string): boolean {
    const { FragmentNumber: partial } = this.#partial;
    return (
      this.cursor.isPast(FragmentNumber) ||
      (partial !== '' && compareFragmentNumbers(FragmentNumber, partial) < 0)
    );
  }

  /** Frames of a chunk were taken, and the rest of it has neither come nor been given up. */
  #hasUnfinished(): boolean {
    const { FragmentNumber } = this.#partial;
    return FragmentNumber !== '' && !this.cursor.isPast(FragmentNumber);
  }

  #moveTo(FragmentNumber: string, parts: PositionParts, lengthMs?: number): ChunkPosition {
    const position = positionOf(FragmentNumber, parts);
    const isUnfinished = this.#partial.FragmentNumber !== FragmentNumber && this.#hasUnfinished();
    this.cursor.moveTo(position);
    this.#partial.isAhead = false;
    const { ServerTimestamp } = position;
    this.#gaps.passed({ FragmentNumber, ServerTimestamp, lengthMs }, isUnfinished);
    return position;
  }
}
