/**
 * Limits how much work one turn of the event loop does, for all streams together. `session/response-reader.ts` spends it by
 * what a response brings; inside the parser, which knows nothing of turns, `ELEMENTS_PER_CALL` of `matroska/chunk-parser.ts`
 * says how often it may be suspended. How long sockets are read in a turn is limited in `http/socket-read-budget.ts`.
 */

/**
 * What all responses together may bring in one turn of the event loop, and have brought in the one before. More messages
 * on their way would grow old before they are taken. Less would stop a socket that is read alone in each turn: libuv reads
 * 2 MB of it in a turn, which is about 150 frames of video.
 */
const MAX_EVENTS = 384;
const MAX_BYTES = 8 * 1024 * 1024;
/** How long work that is done in steps may go on in one turn, ms. */
const MAX_MS = 10;

/**
 * Shares each turn of the event loop among the responses that are being read and the chunks that are being converted. A
 * few bytes may hold thousands of frames, and a message for each would take memory and time that the rest of the process
 * needs. So what a turn brings is limited, together with what the one before has brought, which goes out at its end and
 * is taken meanwhile: when there is enough of both, work continues in a turn that has room again.
 */
export class EventLoopTurn {
  /** What this turn has brought. */
  #events = 0;
  #bytes = 0;
  /** What the turn before has brought. */
  #eventsOut = 0;
  #bytesOut = 0;
  /** The end of this turn is due. */
  #isBegun = false;
  /** When the turn began, ms. */
  #beganAt = 0;
  /** Those who have something to do at its end. */
  #atEnd: (() => void)[] = [];
  /** In the order in which they have been waiting. */
  readonly #waiting = new Set<() => void>();

  /**
   * @param onNextTurn calls back once everything that is due now has had its turn
   * @param now ms, of a clock that only goes forward
   */
  constructor(
    private readonly onNextTurn: (callback: () => void) => void = setImmediate,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether no more may come in this turn. */
  get isExhausted(): boolean {
    return this.#events + this.#eventsOut >= MAX_EVENTS || this.#bytes + this.#bytesOut >= MAX_BYTES;
  }

  /** Something has come: a frame is one event. */
  spend(events: number, bytes: number): void {
    this.#events += events;
    this.#bytes += bytes;
    this.#begin();
  }

  /** Calls back once at the end of this turn, which must not throw: what the turn has brought goes out then. */
  atEnd(callback: () => void): void {
    this.#atEnd.push(callback);
    this.#begin();
  }

  /**
   * Calls back in the next turn that has room, after what went out at the end of this one has been taken. Returns what
   * cancels it.
   */
  next(callback: () => void): () => void {
    // A wrapper, so that each call is an entry of its own.
    const entry = (): void => {
      callback();
    };
    this.#waiting.add(entry);
    this.#begin();
    return () => {
      this.#waiting.delete(entry);
    };
  }

  /**
   * Does work step by step, the first at once where this turn has room, each other one in a turn that has, and those who
   * work at the same time one after the other. Settles when all is done; rejects with what a step throws, which ends it.
   */
  run(steps: Iterator<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const work = (): void => {
        try {
          while (this.#hasRoom()) {
            this.spend(1, 0);
            if (steps.next().done === true) {
              resolve();
              return;
            }
          }
          this.next(work);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      work();
    });
  }

  #hasRoom(): boolean {
    return !this.isExhausted && (!this.#isBegun || this.now() - this.#beganAt < MAX_MS);
  }

  #begin(): void {
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#beganAt = this.now();
      this.onNextTurn(() => {
        this.#end();
      });
    }
  }

  #end(): void {
    this.#isBegun = false;
    this.#eventsOut = this.#events;
    this.#bytesOut = this.#bytes;
    this.#events = 0;
    this.#bytes = 0;
    const atEnd = this.#atEnd;
    this.#atEnd = [];
    for (const callback of atEnd) {
      callback();
    }
    if (this.#eventsOut + this.#bytesOut + this.#waiting.size > 0) {
      // Due after what has just gone out.
      this.#begin();
    }
    this.#continue();
  }

  #continue(): void {
    for (const entry of this.#waiting) {
      if (!this.#hasRoom()) {
        break;
      }
      this.#waiting.delete(entry);
      entry();
    }
  }
}

/** All responses of the process share its event loop. */
export const processTurn = new EventLoopTurn();
