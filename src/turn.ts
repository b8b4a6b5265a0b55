/** What may come of all responses together in one turn of the event loop. */
const MAX_EVENTS = 256;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Shares each turn of the event loop among the responses that are being read. A few bytes may hold thousands of frames,
 * and a message for each would take memory and time that the rest of the process needs: when a turn has brought enough,
 * reading continues in the next one, after the messages have been taken.
 */
export class Turn {
  #events = 0;
  #bytes = 0;
  #scheduled = false;
  /** In the order in which they have been waiting. */
  readonly #waiting = new Set<() => void>();

  /** @param onNextTurn calls back once everything that is due now has had its turn */
  constructor(private readonly onNextTurn: (callback: () => void) => void = setImmediate) {}

  /** Has this turn brought all that it may? */
  get isOver(): boolean {
    return this.#events >= MAX_EVENTS || this.#bytes >= MAX_BYTES;
  }

  /** Something has come: a frame is one event. */
  spend(events: number, bytes: number): void {
    this.#events += events;
    this.#bytes += bytes;
    this.#schedule();
  }

  /** Calls back in the next turn that has room. Returns what cancels it. */
  next(callback: () => void): () => void {
    // A wrapper, so that each call is an entry of its own.
    const entry = (): void => {
      callback();
    };
    this.#waiting.add(entry);
    this.#schedule();
    return () => {
      this.#waiting.delete(entry);
    };
  }

  #schedule(): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.onNextTurn(() => {
        this.#begin();
      });
    }
  }

  #begin(): void {
    this.#scheduled = false;
    this.#events = 0;
    this.#bytes = 0;
    for (const entry of this.#waiting) {
      if (this.isOver) {
        break;
      }
      this.#waiting.delete(entry);
      entry();
    }
    if (this.#waiting.size > 0) {
      this.#schedule();
    }
  }
}

/** All responses of the process share its event loop. */
export const processTurn = new Turn();
