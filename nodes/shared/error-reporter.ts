/** Reports the errors of a node that reads a stream: on its error output, in its log and, at the end, in its status. */
import type { NodeMessage } from 'node-red';
import type { Clock } from '../../src/clock';
import { definedOnly } from '../../src/defined-only';
import type { StreamRef } from '../../src/options';
import type { ErrorReport, Position } from '../../src/session';
import { ErrorLog, type LogPort } from './error-log';
import { errorMessage, errorPayload, type ErrorPayload } from './error-output';
import { SessionEndedError } from './session-ended-error';
import { nodeStatement } from './node-statements';
import type { SessionStatus } from './session-status';

export interface ErrorPort extends LogPort {
  error(msg: NodeMessage): void;
  /** Raises an error that a Catch node can take, with the message of the error output. */
  raise(error: Error, msg: NodeMessage): void;
}

export class ErrorReporter {
  readonly #log: ErrorLog;
  #stream: StreamRef | undefined;
  /** What was sent last, or where reading began. */
  #FragmentNumber: string | undefined;
  #ContinuationToken: string | undefined;

  constructor(
    private readonly port: ErrorPort,
    private readonly status: SessionStatus,
    clock: Clock,
  ) {
    this.#log = new ErrorLog(port, clock);
  }

  /** Errors are of this stream from now on. @param position what was sent of it last */
  reads(stream: StreamRef | undefined, position?: Position): void {
    this.#stream = stream;
    this.#FragmentNumber = position?.FragmentNumber;
    this.#ContinuationToken = position?.ContinuationToken;
  }

  /** Media have been sent, so the stream is being read. Called for every frame. */
  sent(FragmentNumber: string, ContinuationToken?: string): void {
    this.#FragmentNumber = FragmentNumber;
    this.#ContinuationToken = ContinuationToken;
    if (this.#log.isFailing) {
      const { StreamName = '' } = this.#stream ?? {};
      this.#log.recovered((causes) => nodeStatement('log.recovered', { StreamName, causes }));
    }
  }

  /**
   * An error that ends the session is also raised, so that a Catch node gets all of it.
   *
   * @param about what it is about, such as the setting at fault: for the status
   * @returns what the error output has of it
   */
  report(error: ErrorReport, about = ''): ErrorPayload {
    const { StreamName } = this.#stream ?? {};
    const [FragmentNumber, ContinuationToken] = [this.#FragmentNumber, this.#ContinuationToken];
    const kvs = { ...this.#stream, ...definedOnly({ FragmentNumber, ContinuationToken }) };
    const payload = errorPayload(error, this.port.words);
    const msg = errorMessage(payload, kvs, { topic: StreamName });
    if (error.action === 'stop') {
      this.#log.forget();
      this.status.showFailed(this.#stream, error.ErrorType, about);
      this.port.error(msg);
      this.port.raise(new SessionEndedError(payload, msg), msg);
    } else {
      this.port.error(msg);
      this.#log.report({ ...error, message: payload.message });
    }
    return payload;
  }

  close(): void {
    this.#log.close();
  }
}
