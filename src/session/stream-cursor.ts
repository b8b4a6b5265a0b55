import type { StartSelector } from '../options';
import { compareFragmentNumbers, readFragmentNumber } from './fragment-number';

/** The last chunk that is done with. Reading continues after it. */
export interface ChunkPosition {
  readonly FragmentNumber: string;
  readonly ContinuationToken?: string;
  /** ms since the epoch. */
  readonly ServerTimestamp?: number;
}

/** Where a session began NOW that has had no chunk yet. Chunks that ended before it are not wanted. */
export interface TimePosition {
  readonly FragmentNumber?: never;
  readonly ContinuationToken?: never;
  /** The service's time, ms since the epoch. */
  readonly ServerTimestamp: number;
}

/** Where a reader stands. */
export type Position = ChunkPosition | TimePosition;

/** The ways of asking for what comes behind a position, best first. */
const LADDER = ['CONTINUATION_TOKEN', 'FRAGMENT_NUMBER', 'SERVER_TIMESTAMP', 'configured'] as const;
type Rung = (typeof LADDER)[number];

/**
 * Knows from where to ask for media next and which chunks have been had already.
 *
 * When the service no longer knows a position, `fallBack` takes the next best way of naming it: token, fragment
 * number, its server time, and last the configured start.
 */
export class Place {
  #position: ChunkPosition | undefined;
  /** Where the session began NOW, before it had a chunk. */
  #beganAt: number | undefined;
  /** A chunk has reached beyond where the session began: from now on everything is wanted. */
  #hasBegun = false;
  #rung: Rung = LADDER[0];
  /** The first chunk ever seen when reading from NOW: what follows it must not be lost, although none is done yet. */
  #anchor: { readonly FragmentNumber: string; readonly ServerTimestamp: number } | undefined;

  constructor(
    private readonly start: StartSelector,
    position?: Position,
  ) {
    if (position?.FragmentNumber === undefined) {
      this.#beganAt = position?.ServerTimestamp;
    } else {
      this.#position = position;
    }
  }

  get position(): ChunkPosition | undefined {
    return this.#position;
  }

  /** The start selector for the next GetMedia call. */
  selector(): StartSelector {
    return this.#ask().selector;
  }

  /** Is the next call's position one that was learnt from the stream, so that the service may have forgotten it? */
  get learnt(): boolean {
    return this.#ask().rung !== 'configured';
  }

  /** Takes the next best way of naming the position. True while that way is exact, so that nothing can be missed. */
  fallBack(): boolean {
    this.#rung = LADDER[LADDER.indexOf(this.#ask().rung) + 1] ?? 'configured';
    return this.#ask().rung === 'FRAGMENT_NUMBER';
  }

  #ask(): { rung: Rung; selector: StartSelector } {
    for (const rung of LADDER.slice(LADDER.indexOf(this.#rung))) {
      const selector = this.#selectorOf(rung);
      if (selector !== undefined) {
        return { rung, selector };
      }
    }
    return { rung: 'configured', selector: this.start };
  }

  #selectorOf(rung: Rung): StartSelector | undefined {
    const position = this.#position;
    switch (rung) {
      case 'CONTINUATION_TOKEN':
        return position?.ContinuationToken === undefined
          ? undefined
          : { StartSelectorType: rung, ContinuationToken: position.ContinuationToken };
      case 'FRAGMENT_NUMBER':
        return position === undefined
          ? undefined
          : { StartSelectorType: rung, AfterFragmentNumber: position.FragmentNumber };
      case 'SERVER_TIMESTAMP': {
        const time =
          position === undefined ? (this.#anchor?.ServerTimestamp ?? this.#beganAt) : serverTime(position);
        return time === undefined ? undefined : { StartSelectorType: rung, StartTimestamp: time };
      }
      case 'configured':
        return this.start;
    }
  }

  /** A chunk of this number has been had already, or lies before where the session began. */
  has(FragmentNumber: string): boolean {
    if (this.#position !== undefined) {
      return compareFragmentNumbers(FragmentNumber, this.#position.FragmentNumber) <= 0;
    }
    return (
      this.#anchor !== undefined && compareFragmentNumbers(FragmentNumber, this.#anchor.FragmentNumber) < 0
    );
  }

  /**
   * The service has answered. A session that began NOW has its place from its first answer on: what comes while it
   * waits, or is paused, is not to be lost.
   *
   * @param serverTime the service's clock, ms since the epoch
   * @returns the place, where this answer gave it
   */
  answered(serverTime: number): TimePosition | undefined {
    const hasPlace =
      this.#position !== undefined || this.#anchor !== undefined || this.#beganAt !== undefined;
    if (hasPlace || this.start.StartSelectorType !== 'NOW') {
      return undefined;
    }
    this.#beganAt = serverTime;
    return { ServerTimestamp: serverTime };
  }

  /**
   * Did a chunk (or a part of it, of so many ms) end before the session began? Then it is not wanted.
   *
   * @param behindMs how long ago the chunk began when the service sent it: a beginning later than that moment was
   *   read from a clock that is off, and hides nothing
   */
  isEarly(
    { ServerTimestamp }: { readonly ServerTimestamp?: number },
    lengthMs: number,
    behindMs?: number,
  ): boolean {
    const beganAt = this.#beganAt;
    if (beganAt === undefined || ServerTimestamp === undefined || this.#hasBegun) {
      return false;
    }
    const isClockOff = behindMs !== undefined && ServerTimestamp + behindMs < beganAt;
    return ServerTimestamp + lengthMs < beganAt && !isClockOff;
  }

  /** A chunk is wanted, and so is whatever follows it. */
  begun(): void {
    this.#hasBegun = true;
  }

  /** A chunk has begun to arrive. */
  seen(head: { readonly FragmentNumber: string; readonly ServerTimestamp?: number }): void {
    if (
      this.#position === undefined &&
      this.#anchor === undefined &&
      this.start.StartSelectorType === 'NOW' &&
      head.ServerTimestamp !== undefined
    ) {
      this.#anchor = { FragmentNumber: head.FragmentNumber, ServerTimestamp: head.ServerTimestamp };
    }
  }

  /** A chunk is done with (sent, skipped, or too early to be wanted); reading continues after it. */
  moveTo(position: ChunkPosition): void {
    this.#position = position;
    this.#rung = LADDER[0];
  }
}

function serverTime(position: ChunkPosition): number | undefined {
  return position.ServerTimestamp ?? readFragmentNumber(position.FragmentNumber)?.ServerTimestamp;
}
