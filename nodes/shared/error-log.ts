/** The log lines of a node’s errors, without repeating itself. */
import type { Clock } from '../../src/clock';
import type { ErrorReport } from '../../src/session';

/** Where the lines go. */
export interface LogPort {
  warn(text: string): void;
  log(text: string): void;
}

/** Of what repeats there is at most one line in so long. */
const HOLD_BACK_MS = 5 * 60_000;
/** The service, or whoever answers in its place, may name any number of errors. */
const TYPES_AT_MOST = 20;
const OTHERS = 'Another error';

interface Entry {
  /** The last message that was held back. */
  message: string;
  heldBack: number;
  readonly cancel: () => void;
}

/**
 * What a node's log says of its errors: each when it begins, and when all is well again. Of an error that
 * comes again within five minutes only the number is told, when they are over; the error output has every one of them.
 */
export class ErrorLog {
  readonly #entries = new Map<string, Entry>();
  /** ErrorType of what keeps failing. */
  #failing: string | undefined;
  /** The log has a line of it, so that it gets one of its end. */
  #isErrorLogged = false;

  constructor(
    private readonly port: LogPort,
    private readonly clock: Clock,
  ) {}

  /** An error that does not end the session. One that is retried is told when it begins. */
  report({ ErrorType, message, action }: Pick<ErrorReport, 'ErrorType' | 'message' | 'action'>): void {
    if (action !== 'retry') {
      this.#warn(ErrorType, message);
    } else {
      this.failing(ErrorType, message);
    }
  }

  /** Something keeps failing until `recovered`. */
  failing(ErrorType: string, message: string): void {
    if (this.#failing !== ErrorType) {
      this.#failing = ErrorType;
      this.#isErrorLogged = this.#warn(ErrorType, message) || this.#isErrorLogged;
    }
  }

  /** All is well again. @param sentence what the log says then, if it has a line of the failure */
  recovered(sentence: (ErrorType: string) => string): void {
    if (this.#failing !== undefined) {
      if (this.#isErrorLogged) {
        this.port.log(sentence(this.#failing));
      }
      this.forget();
    }
  }

  /** The session is over, so nothing recovers. */
  forget(): void {
    this.#failing = undefined;
    this.#isErrorLogged = false;
  }

  /** Tells what has been held back. */
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
      const times = heldBack === 1 ? 'once more' : `${heldBack} more times`;
      this.port.warn(`${name} has come ${times} since the last line about it. The last: ${message}`);
      this.#isErrorLogged ||= this.#failing === name;
    }
  }
}
