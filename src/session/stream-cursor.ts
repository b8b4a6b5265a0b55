/** Where in the stream a session is: from where to ask for media next, and which chunks lie before that. */
import { definedOnly } from '../defined-only';
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

/** What of a chunk makes its position. */
export type PositionParts = Pick<Partial<ChunkPosition>, 'ContinuationToken' | 'ServerTimestamp'>;

/** Position of a chunk, with what is known of it. */
export function positionOf(
  FragmentNumber: string,
  { ContinuationToken, ServerTimestamp }: PositionParts,
): ChunkPosition {
  return definedOnly({ FragmentNumber, ContinuationToken, ServerTimestamp });
}

/** The ways to ask for what comes after a position, best first. */
const RESUME_STRATEGIES = [
  'CONTINUATION_TOKEN',
  'FRAGMENT_NUMBER',
  'SERVER_TIMESTAMP',
  'configured',
] as const;
type ResumeStrategy = (typeof RESUME_STRATEGIES)[number];

/** Fragments are mostly a few seconds long, so that a few doubled steps lead out of one; no step leads far beyond. */
const FIRST_STEP_MS = 1_000;
const LAST_STEP_MS = 32_000;

/**
 * Knows from where to ask for media next and which chunks it has passed.
 *
 * When the service no longer knows a position, `fallBack` takes the next best way to name it: token, fragment
 * number, its server time, and last the configured start.
 */
export class StreamCursor {
  #position: ChunkPosition | undefined;
  /** Where the session began NOW, before it had a chunk. */
  #beganAt: number | undefined;
  /** A chunk has reached beyond where the session began: from now on everything is wanted. */
  #hasBegun = false;
  #strategy: ResumeStrategy = RESUME_STRATEGIES[0];
  /** How much later than the position to ask, by time, since what comes first there cannot be read. In ms. */
  #laterMs = 0;
  /** The first chunk ever seen when reading from NOW: what follows it must not be lost, although none is done yet. */
  #firstSeen: { readonly FragmentNumber: string; readonly ServerTimestamp: number } | undefined;

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
    return this.#next().selector;
  }

  /** Whether the next call's position came from the stream, not from the settings: the service may have forgotten it. */
  get isFromStream(): boolean {
    return this.#next().strategy !== 'configured';
  }

  /** Does the next call name the position in a way that may miss what comes right after it? */
  get isInexact(): boolean {
    const { strategy } = this.#next();
    return this.#position === undefined
      ? strategy === 'configured' && this.#hasTime
      : strategy === 'SERVER_TIMESTAMP' || strategy === 'configured';
  }

  /** Takes the next best way to name the position. True while that way is exact, so that nothing can be missed. */
  fallBack(): boolean {
    this.#strategy = RESUME_STRATEGIES[RESUME_STRATEGIES.indexOf(this.#next().strategy) + 1] ?? 'configured';
    return this.#next().strategy === 'FRAGMENT_NUMBER';
  }

  /**
   * Skips a position at which responses repeat a chunk that the cursor has passed. Takes the next best way to name the
   * position while that way is exact. After that it begins with the best way again, since the service may know the
   * position by now, and asks for a later time if it does not. Reading then continues, but media may be missed.
   */
  skipBlockedPosition(): void {
    if (!this.fallBack()) {
      this.#strategy = RESUME_STRATEGIES[0];
      this.#laterMs = Math.min(Math.max(FIRST_STEP_MS, 2 * this.#laterMs), LAST_STEP_MS);
    }
  }

  /** Has the cursor passed the chunk, or does the chunk lie before where the session began? */
  isPast(FragmentNumber: string): boolean {
    if (this.#position !== undefined) {
      return compareFragmentNumbers(FragmentNumber, this.#position.FragmentNumber) <= 0;
    }
    return (
      this.#firstSeen !== undefined &&
      compareFragmentNumbers(FragmentNumber, this.#firstSeen.FragmentNumber) < 0
    );
  }

  /**
   * Notes an answer of the service. A session that began NOW has its position from its first answer on: what comes
   * while it waits, or is paused, must not be lost.
   *
   * @param serverTime the service's clock, ms since the epoch
   * @returns the position, where this answer gave it
   */
  answered(serverTime: number): TimePosition | undefined {
    if (this.#position !== undefined || this.#hasTime || this.start.StartSelectorType !== 'NOW') {
      return undefined;
    }
    this.#beganAt = serverTime;
    return { ServerTimestamp: serverTime };
  }

  /**
   * Did a chunk (or a part of it, of so many ms) end before the session began? Then it is not wanted.
   *
   * @param behindMs the chunk's age when the service sent it. Where `ServerTimestamp` plus this age is before the
   *   beginning of the session, the clock that gave the beginning was wrong, and the chunk is wanted.
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

  /** Notes that a chunk is wanted: so is whatever follows it. */
  begun(): void {
    this.#hasBegun = true;
  }

  /** Notes a chunk that has begun to arrive. */
  seen(head: { readonly FragmentNumber: string; readonly ServerTimestamp?: number }): void {
    if (
      this.#position === undefined &&
      this.#firstSeen === undefined &&
      this.start.StartSelectorType === 'NOW' &&
      head.ServerTimestamp !== undefined
    ) {
      this.#firstSeen = { FragmentNumber: head.FragmentNumber, ServerTimestamp: head.ServerTimestamp };
    }
  }

  /** Moves after a chunk that is done with: sent, skipped, or too early to be wanted. */
  moveTo(position: ChunkPosition): void {
    this.#position = position;
    this.#strategy = RESUME_STRATEGIES[0];
    this.#laterMs = 0;
  }

  /** Is there a time to ask by where there is no position yet? */
  get #hasTime(): boolean {
    return this.#firstSeen !== undefined || this.#beganAt !== undefined;
  }

  #next(): { strategy: ResumeStrategy; selector: StartSelector } {
    for (const strategy of RESUME_STRATEGIES.slice(RESUME_STRATEGIES.indexOf(this.#strategy))) {
      const selector = this.#selectorOf(strategy);
      if (selector !== undefined) {
        return { strategy, selector };
      }
    }
    return { strategy: 'configured', selector: this.start };
  }

  #selectorOf(strategy: ResumeStrategy): StartSelector | undefined {
    const position = this.#position;
    switch (strategy) {
      case 'CONTINUATION_TOKEN':
        return position?.ContinuationToken === undefined
          ? undefined
          : { StartSelectorType: strategy, ContinuationToken: position.ContinuationToken };
      case 'FRAGMENT_NUMBER':
        return position === undefined
          ? undefined
          : { StartSelectorType: strategy, AfterFragmentNumber: position.FragmentNumber };
      case 'SERVER_TIMESTAMP': {
        if (position === undefined) {
          const time = this.#firstSeen?.ServerTimestamp ?? this.#beganAt;
          return time === undefined ? undefined : { StartSelectorType: strategy, StartTimestamp: time };
        }
        const time = serverTime(position);
        return time === undefined
          ? undefined
          : { StartSelectorType: strategy, StartTimestamp: time + this.#laterMs };
      }
      case 'configured':
        return this.start;
    }
  }
}

function serverTime(position: ChunkPosition): number | undefined {
  return position.ServerTimestamp ?? readFragmentNumber(position.FragmentNumber)?.ServerTimestamp;
}
