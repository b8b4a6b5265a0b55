/** Reports the errors of a fleet and of its streams: on its error output and in its log. */
import type { Clock } from '../../src/clock';
import type { ErrorReport } from '../../src/session';
import { ErrorLog } from '../shared/error-log';
import { errorMessage, errorPayload } from '../shared/error-output';
import { SessionEndedError } from '../shared/session-ended-error';
import { nodeStatement } from '../shared/node-statements';
import type { FleetPort } from './fleet-port';
import { isTableError } from './sharing-errors';

/** What an error message says of the stream that it is about. */
export interface AboutStream {
  readonly StreamName: string;
  readonly StreamARN?: string;
  readonly FragmentNumber?: string;
  readonly ContinuationToken?: string;
}

/** One log for all streams: an outage that all of them notice is logged once. */
export class FleetErrorReporter {
  readonly #log: ErrorLog;
  /** Names of the streams whose calls fail. */
  readonly #failing = new Set<string>();
  #isTableFailing = false;

  constructor(
    private readonly port: FleetPort,
    clock: Clock,
  ) {
    this.#log = new ErrorLog(port, clock);
  }

  /** @param about the stream; absent where the error is about the fleet */
  report(error: ErrorReport, about?: AboutStream): void {
    const payload = errorPayload(error, this.port.words);
    const msg = errorMessage(payload, { ...about }, { topic: about?.StreamName });
    this.port.error(msg);
    if (error.action === 'stop') {
      this.port.raise(new SessionEndedError(payload, msg), msg);
      return;
    }
    if (error.action === 'retry') {
      if (about === undefined) {
        this.#isTableFailing ||= isTableError(error.ErrorType);
      } else {
        this.#failing.add(about.StreamName);
      }
    }
    this.#log.report({ ...error, message: payload.message });
  }

  /** Media of the stream have been sent, or it is not read any more. */
  recovered(StreamName: string): void {
    if (this.#failing.delete(StreamName) && this.#failing.size === 0 && !this.#isTableFailing) {
      this.#log.recovered((causes) => nodeStatement('log.recovered', { StreamName, causes }));
    }
  }

  /** The table does what it is asked. */
  tableRecovered(): void {
    if (this.#isTableFailing) {
      this.#isTableFailing = false;
      if (this.#failing.size === 0) {
        this.#log.recovered((causes) => nodeStatement('log.tableRecovered', { causes }));
      }
    }
  }

  close(): void {
    this.#log.close();
    this.#failing.clear();
  }
}
