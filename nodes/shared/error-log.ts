/** The log lines of a node’s errors, without repeating itself. */
import type { Clock } from '../../src/clock';
import type { ErrorReport } from '../../src/session';
import type { Statement } from '../../src/statement';
import { nodeStatement } from './node-statements';
import type { Words } from './words';

/** Where the lines go. */
export interface LogPort {
  warn(text: string): void;
  log(text: string): void;
  readonly words: Words;
}

/** Of what repeats there is at most one line in so long. */
const HOLD_BACK_MS = 5 * 60_000;
/** The service, or whoever answers in its place, may name any number of errors. */
const TYPES_AT_MOST = 20;
/** An outage may have more causes; the log names the first ones. */
const MOST_CAUSES = 3;
const OTHERS = '';

/** What the log needs of an error. */
export type LoggedError = Pick<ErrorReport, 'ErrorType' | 'message' | 'action' | 'retryInMs'>;

interface Entry {
  /** The last message that was held back. */
  message: string;
  heldBack: number;
  readonly cancel: () => void;
}

/**
 * What a node's log says of its errors: each when it begins, and when all is well again. An error that occurs again
 * within five minutes is only counted, and the count logged when they are over; the error output has every one of them.
 */
export class ErrorLog {
  readonly #entries = new Map<string, Entry>();
  /** ErrorType of what failed last, until all is well again. */
  #failing: string | undefined;
  /** ErrorTypes of what has failed since all was well. */
  #causes = new Set<string>();
  /** The log has a line of it, so that it gets one of its end. */
  #isErrorLogged = false;

  constructor(
    private readonly port: LogPort,
    private readonly clock: Clock,
  ) {}

  /** An error that does not end the session. One that is retried is logged when it begins. */
  report(error: LoggedError): void {
    if (error.action === 'retry') {
      this.failing(error.ErrorType, error.message, error.retryInMs === 0);
    } else {
      this.#warn(error.ErrorType, error.message);
    }
  }

  /**
   * Something keeps failing until `recovered`.
   *
   * @param isStep of a recovery, such as a position that has expired during an outage: the outage is the cause
   */
  failing(ErrorType: string, message: string, isStep = false): void {
    if (!isStep || this.#causes.size === 0) {
      this.#causes.add(ErrorType);
    }
    if (this.#failing !== ErrorType) {
      this.#failing = ErrorType;
      this.#isErrorLogged = this.#warn(ErrorType, message) || this.#isErrorLogged;
    }
  }

  /** Has something failed, and not been well again? */
  get isFailing(): boolean {
    return this.#failing !== undefined;
  }

  /** All is well again. @param line what the log says then, if it has a line of the failure */
  recovered(line: (causes: string) => Statement): void {
    if (this.#failing !== undefined) {
      if (this.#isErrorLogged) {
        const causes = [...this.#causes].slice(0, MOST_CAUSES).join(', ');
        this.port.log(this.port.words.sentences([line(causes)]));
      }
      this.forget();
    }
  }

  /** The session is over, so nothing recovers. */
  forget(): void {
    this.#failing = undefined;
    this.#causes = new Set();
    this.#isErrorLogged = false;
  }

  /** Logs what has been held back. */
  close(): void {
    for (const [ErrorType, entry] of this.#entries) {
      entry.cancel();
      this.#reportRepeats(ErrorType, entry);
    }
    this.#entries.clear();
    this.forget();
  }

  /** False where the line was held back. */
  #warn(ErrorType: string, message: string): boolean {
    const isKnown = this.#entries.has(ErrorType) || this.#entries.size < TYPES_AT_MOST;
    const name = isKnown ? ErrorType : OTHERS;
    const entry = this.#entries.get(name);
    if (entry !== undefined) {
      entry.message = message;
      entry.heldBack += 1;
      return false;
    }
    this.port.warn(message);
    this.#hold(name);
    return true;
  }

  #hold(name: string): void {
    const cancel = this.clock.after(HOLD_BACK_MS, () => {
      this.#entries.delete(name);
      if (entry.heldBack > 0) {
        this.#reportRepeats(name, entry);
        this.#hold(name);
      }
    });
    const entry: Entry = { message: '', heldBack: 0, cancel };
    this.#entries.set(name, entry);
  }

  #reportRepeats(name: string, { heldBack, message }: Entry): void {
    if (heldBack > 0) {
      const values = { times: heldBack, last: message };
      this.port.warn(
        this.port.words.sentences([
          name === OTHERS
            ? nodeStatement('log.otherErrors', values)
            : nodeStatement('log.repeated', { ErrorType: name, ...values }),
        ]),
      );
      this.#isErrorLogged ||= this.#failing === name;
    }
  }
}
