/**
 * Limits how long sockets are read in one turn of the event loop. How much work their bytes may lead to
 * is limited in `../event-loop-turn.ts`.
 */

/** How long sockets may be read in one turn, and after how many slices that is looked at. */
interface Limit {
  readonly ms: number;
  /** To read the clock is a good part of what a slice costs here. */
  readonly slicesPerLook: number;
}

/**
 * For all of them together, whichever account they belong to: messages that the bytes lead to would pile up, and grow
 * old.
 */
const SHARED: Limit = { ms: 1, slicesPerLook: 4 };
/**
 * Where one reader alone has brought something, in the turn before too: to stop it and start it again in each turn is
 * a twentieth of what reading costs, and there is no other one that waits.
 */
const ALONE: Limit = { ms: 4, slicesPerLook: 8 };

/** A reader of a socket that can be stopped for the rest of a turn. */
export interface BudgetedReader {
  /** Stops taking bytes from its socket. */
  hold(): void;
  /** Takes bytes again, unless its own reader has paused it. */
  unhold(): void;
}

/**
 * Shared by all sockets of the process. libuv reads megabytes from each of them in one turn, before anything else in
 * the event loop gets its own.
 */
export class SocketReadBudget {
  readonly #now: () => number;
  readonly #held = new Set<BudgetedReader>();
  /** When the first slice of this turn had been read; undefined as long as there is none. */
  #beganAt: number | undefined;
  /** Who brought it. */
  #first: BudgetedReader | undefined;
  /** Has there been another one in this turn, or in the last one that brought something? */
  #isShared = false;
  #wasShared = true;
  /** Slices since the clock was read. */
  #slices = 0;

  /** @param now ms, of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Called after each slice: holds `reader` until the next turn where the time of this one is spent. */
  spend(reader: BudgetedReader): void {
    if (this.#beganAt === undefined) {
      this.#begin(reader);
      return;
    }
    this.#isShared ||= reader !== this.#first;
    this.#slices += 1;
    const { ms, slicesPerLook } = this.#isShared || this.#wasShared ? SHARED : ALONE;
    if (this.#slices < slicesPerLook) {
      return;
    }
    if (this.#now() - this.#beganAt <= ms) {
      this.#slices = 0;
      return;
    }
    // Without counting anew: every reader that brings something more in this turn is to be held.
    reader.hold();
    this.#held.add(reader);
  }

  #begin(reader: BudgetedReader): void {
    this.#beganAt = this.#now();
    this.#first = reader;
    this.#slices = 0;
    setImmediate(() => {
      this.#renew();
    });
  }

  #renew(): void {
    this.#beganAt = undefined;
    this.#first = undefined;
    this.#wasShared = this.#isShared;
    this.#isShared = false;
    const held = [...this.#held];
    this.#held.clear();
    for (const reader of held) {
      reader.unhold();
    }
  }
}

/** There is one event loop. */
export const processReadBudget = new SocketReadBudget();
