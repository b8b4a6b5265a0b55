/** Limits how long sockets are read in one turn of the event loop. */

/** Longest time in one turn, ms: messages that the bytes lead to would pile up, and grow old. */
const BUDGET_MS = 1;

/** A reader of a socket that can be stopped for the rest of a turn. */
export interface BudgetedReader {
  /** Stops taking bytes from its socket. */
  hold(): void;
  /** Takes bytes again, and first those that came when there was no time; unless its own reader has paused it. */
  unhold(): void;
}

/**
 * Shared by the sockets of the process. libuv reads megabytes from each of them in one turn, before anything else in the
 * event loop gets its own, and all those in one turn that have something. When the time of a turn is spent, those that
 * still have bytes keep them for the next turn, in which those go first that have waited longest.
 */
export class EventLoopBudget {
  readonly #now: () => number;
  /** In the order in which they have been held. */
  readonly #held = new Set<BudgetedReader>();
  #endsAt = 0;
  /** Whose socket is being read. */
  #current: BudgetedReader | undefined;

  /** @param now ms, of a clock that only goes forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Asked before each slice. False where the time of this turn is spent: then `reader` is held until a turn has some.
   * Slices of one read of a socket follow each other, and are all admitted or none.
   */
  admits(reader: BudgetedReader): boolean {
    if (this.#endsAt === 0) {
      this.#begin();
    } else if (reader !== this.#current && (this.#now() > this.#endsAt || this.#held.has(reader))) {
      this.#hold(reader);
      return false;
    }
    this.#current = reader;
    return true;
  }

  /** Called after each slice: holds `reader` where the time of this turn is spent. */
  spent(reader: BudgetedReader): void {
    if (this.#now() > this.#endsAt) {
      this.#hold(reader);
    }
  }

  #hold(reader: BudgetedReader): void {
    if (!this.#held.has(reader)) {
      reader.hold();
      this.#held.add(reader);
    }
  }

  #begin(): void {
    this.#endsAt = this.#now() + BUDGET_MS;
    setImmediate(() => {
      this.#renew();
    });
  }

  #renew(): void {
    this.#endsAt = 0;
    this.#current = undefined;
    const held = [...this.#held];
    if (held.length > 0) {
      this.#begin();
    }
    for (const reader of held) {
      if (this.#now() > this.#endsAt) {
        break;
      }
      this.#held.delete(reader);
      reader.unhold();
    }
  }
}

/** All sockets of the process share its event loop. */
export const processBudget = new EventLoopBudget(performance.now.bind(performance));
