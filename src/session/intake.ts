import type { Chunk, ChunkHead, CutChunk, Frame } from '../matroska';
import type { StartSelector } from '../options';
import { compareFragmentNumbers, readFragmentNumber } from './fragment-number';
import { Place, type Position } from './place';

/** A chunk that keeps arriving cut, and damage that keeps its place, are asked for so often, then passed over. */
export const TRIES = 3;

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
      readonly position: Position;
      /** The chunk after which media are missing before this one. */
      readonly gapAfter: string | undefined;
    };

/** A frame that has not been taken before. */
export interface NewFrame {
  readonly FragmentNumber: string;
  readonly gapAfter: string | undefined;
}

/**
 * Judges what responses bring, across reconnects: what is new and what has been had, and when to stop asking for what
 * keeps arriving broken. Holds the place; does nothing itself.
 */
export class Intake {
  readonly place: Place;
  /** Frames of the chunk behind the place that have been taken already. */
  #partial = { FragmentNumber: '', frames: 0 };
  /** How often in a row the chunk behind the place came cut. */
  #cuts = { FragmentNumber: '', count: 0 };
  /** How often in a row there was rubbish behind the place. */
  #damage = { behind: '', count: 0 };
  /** Set while the position could only be named by its time, or not at all: media behind it may be gone. */
  #lostSight: Position | undefined;
  /** No new media have come in this response yet: what comes first should follow what was had last. */
  #joining = false;

  constructor(start: StartSelector, position?: Position) {
    this.place = new Place(start, position);
  }

  /** A response begins. */
  join(): void {
    this.#joining = true;
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
    if (this.#partial.FragmentNumber !== FragmentNumber) {
      this.#partial = { FragmentNumber, frames: 0 };
    }
    if (frame.index < this.#partial.frames) {
      return undefined;
    }
    this.#partial.frames = frame.index + 1;
    return { FragmentNumber, gapAfter: this.#gapBefore(FragmentNumber) };
  }

  chunk(chunk: Chunk): ChunkVerdict {
    const { FragmentNumber } = chunk;
    if (!chunk.hasCluster) {
      return { kind: 'empty' };
    }
    if (FragmentNumber === undefined) {
      return { kind: 'numberless' };
    }
    if (this.#has(FragmentNumber)) {
      if (FragmentNumber === this.#lostSight?.FragmentNumber) {
        // The very chunk that had been lost sight of: what follows it follows without a gap.
        this.#lostSight = undefined;
      }
      return { kind: 'had' };
    }
    const gapAfter = this.#gapBefore(FragmentNumber);
    return { kind: 'new', FragmentNumber, gapAfter, position: this.#moveTo(FragmentNumber, chunk) };
  }

  /** Fetch the chunk again, give it up, or let it be because it does not matter. */
  cut({ head, hasCluster }: CutChunk): 'again' | 'give-up' | 'ignore' {
    const { FragmentNumber } = head;
    if (FragmentNumber === undefined || !hasCluster || this.#has(FragmentNumber)) {
      return 'ignore';
    }
    const count = this.#cuts.FragmentNumber === FragmentNumber ? this.#cuts.count + 1 : 1;
    this.#cuts = { FragmentNumber, count };
    return count < TRIES ? 'again' : 'give-up';
  }

  /**
   * Rubbish may hide a chunk, so what is behind the place is fetched again first. Where the rubbish stays, it is what
   * the service has, and is passed over.
   */
  damaged(): 'again' | 'pass-over' {
    const behind = this.place.position?.FragmentNumber ?? '';
    const count = this.#damage.behind === behind ? this.#damage.count + 1 : 1;
    this.#damage = { behind, count };
    return count < TRIES ? 'again' : 'pass-over';
  }

  /** Goes on behind a chunk that cannot be had. Undefined where that has been done. */
  giveUp(head: ChunkHead): Position | undefined {
    const { FragmentNumber } = head;
    return FragmentNumber === undefined || this.#has(FragmentNumber)
      ? undefined
      : this.#moveTo(FragmentNumber, head);
  }

  /** The service does not know the position any more. */
  fallBack(): void {
    const { position } = this.place;
    this.#lostSight = this.place.fallBack() ? undefined : position;
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

  /**
   * For the first new media of a response. After a fall-back anything but the very next fragment may mean a gap;
   * otherwise only numbers that leave one out within a producer's session, as when the service has silently begun at
   * the oldest that it still holds.
   */
  #gapBefore(FragmentNumber: string): string | undefined {
    const [joining, lostSight] = [this.#joining, this.#lostSight];
    this.#joining = false;
    this.#lostSight = undefined;
    const before = this.place.position?.FragmentNumber;
    if (!joining || before === undefined) {
      return undefined;
    }
    const step = stepBetween(before, FragmentNumber);
    const gap = lostSight === undefined ? step === 'skips' : step !== 'follows';
    return gap ? before : undefined;
  }

  #moveTo(
    FragmentNumber: string,
    { ContinuationToken, ServerTimestamp }: Pick<Chunk, 'ContinuationToken' | 'ServerTimestamp'>,
  ): Position {
    const position = {
      FragmentNumber,
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      ...(ServerTimestamp === undefined ? {} : { ServerTimestamp }),
    };
    this.place.moveTo(position);
    return position;
  }
}

/** Fragment numbers are handed out to a producer's session in blocks of so many. */
const SEQUENCE_BLOCK = 1_000n;

/** How one fragment number lies behind another. Only ever used to say something of a gap, never to skip or to wait. */
function stepBetween(before: string, after: string): 'follows' | 'skips' | 'unknown' {
  const [a, b] = [readFragmentNumber(before)?.sequence, readFragmentNumber(after)?.sequence];
  if (a === undefined || b === undefined) {
    return 'unknown';
  }
  if (b === a + 1n) {
    return 'follows';
  }
  return b > a && (b - 1n) / SEQUENCE_BLOCK === (a - 1n) / SEQUENCE_BLOCK ? 'skips' : 'unknown';
}
