import type { StartSelector } from '../options';
import { compareFragmentNumbers, readFragmentNumber } from './fragment-number';

/** Where a reader stands: the last chunk that is done with. Reading goes on behind it. */
export interface Position {
  readonly FragmentNumber: string;
  readonly ContinuationToken?: string;
  /** ms since the epoch. */
  readonly ServerTimestamp?: number;
}

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
  #position: Position | undefined;
  #rung: Rung = LADDER[0];
  /** The first chunk ever seen when reading from NOW: what follows it must not be lost, although none is done yet. */
  #anchor: { readonly FragmentNumber: string; readonly ServerTimestamp: number } | undefined;

  constructor(
    private readonly start: StartSelector,
    position?: Position,
  ) {
    this.#position = position;
  }

  get position(): Position | undefined {
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
        const time = position === undefined ? this.#anchor?.ServerTimestamp : serverTime(position);
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

  /** A chunk is done with (sent, or given up); reading goes on behind it. */
  moveTo(position: Position): void {
    this.#position = position;
    this.#rung = LADDER[0];
  }
}

function serverTime(position: Position): number | undefined {
  return position.ServerTimestamp ?? readFragmentNumber(position.FragmentNumber)?.ServerTimestamp;
}
