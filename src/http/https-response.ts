/** A response of `node:http` or `node:https`. */
import type { IncomingMessage } from 'node:http';
import { StreamedResponse } from './streamed-response';

export class HttpsResponse extends StreamedResponse {
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    super(message.statusCode ?? 0, headersOf(message));
    this.#message = message;
    message.pause();
    message.on('data', (slice: Buffer) => {
      this.deliver(slice);
    });
    message.on('error', (cause) => {
      this.fail(cause);
    });
    message.on('end', () => {
      if (message.complete) {
        this.end();
      } else {
        this.fail(undefined);
      }
    });
    message.on('close', () => {
      this.fail(undefined);
    });
  }

  protected override flow(): void {
    this.#message.resume();
  }

  protected override halt(): void {
    this.#message.pause();
  }

  protected override release(): void {
    this.#message.destroy();
  }
}

/** The fields of a head: names in lower case, repeated ones joined by commas. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
}
