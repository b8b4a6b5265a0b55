/** Limits how long sockets are read in one turn of the event loop. */

/** After so long in one turn, ms, a socket is read once at most: messages that the bytes lead to would pile up, and age. */
const REPEATED_MS = 1;
/** After so long no socket is read in that turn, ms: with hundreds of them one read of each takes long too. */
const LONGEST_MS = 8;

/** A reader of a socket that can be stopped for the rest of a turn. */
export interface BudgetedReader {
  /** Stops taking bytes from its socket. */
  hold(): void;
  /** Takes bytes again, unless its own reader has paused it. */
  unhold(): void;
}

/**
 * Shared by all sockets of the process. libuv reads megabytes from each of them in one turn, and all that have bytes,
 * before anything else in the event loop gets its own turn.
 */
export class EventLoopBudget {
  /** Those whose sockets are read. */
  readonly #readers = new Set<BudgetedReader>();
  /** Those that wait for the next turn: without having been read in this one, and after that. */
  readonly #passedOver = new Set<BudgetedReader>();
  readonly #held = new Set<BudgetedReader>();
  /** When this turn began to read, ms; undefined where it has not. */
  #beganAt: number | undefined;

  /** @param now ms, of a clock that only goes forward */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** `reader` takes bytes from now on. */
  add(reader: BudgetedReader): void {
    this.#readers.add(reader);
  }

  /** `reader` takes no bytes any more. */
  remove(reader: BudgetedReader): void {
    this.#readers.delete(reader);
  }

  /** Called after each slice: holds `reader`, or all readers, until the next turn where the time of this one is spent. */
  spend(reader: BudgetedReader): void {
    const now = this.now();
    if (this.#beganAt === undefined) {
      this.#begin(now);
      return;
    }
    const spentMs = now - this.#beganAt;
    if (spentMs > REPEATED_MS) {
      reader.hold();
      this.#passedOver.delete(reader);
      this.#held.add(reader);
    }
    if (spentMs > LONGEST_MS) {
      for (const other of this.#readers) {
        if (!this.#held.has(other) && !this.#passedOver.has(other)) {
          other.hold();
          this.#passedOver.add(other);
        }
      }
    }
  }

  #begin(now: number): void {
    this.#beganAt = now;
    setImmediate(() => {
      this.#renew();
    });
  }

  /** Those that have been read wait until the others have: the system would report them first again. */
  #renew(): void {
    this.#beganAt = undefined;
    const next = this.#passedOver.size > 0 ? this.#passedOver : this.#held;
    const readers = [...next];
    next.clear();
    for (const reader of readers) {
      reader.unhold();
    }
    if (this.#held.size > 0) {
      this.#begin(this.now());
    }
  }
}

/** All sockets of the process share its event loop. */
export const processBudget = new EventLoopBudget();
