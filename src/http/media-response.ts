import type { ReplyBody } from './https-transport';

/** Takes the bytes of a response's body. After `ended` or `failed` nothing follows. */
export interface ByteSink {
  /** The slice may be overwritten when this has returned: what is to be kept of it is to be copied. */
  bytes(slice: Buffer): void;
  /** The service ended the response. */
  ended(): void;
  /** The connection broke. Never called after `MediaResponse.close()`. */
  failed(error: Error): void;
}

/** A GetMedia response whose head has arrived with status 200. Nothing is read before `read` is called. */
export interface MediaResponse {
  /** `x-amzn-RequestId` or `x-amz-RequestId`; null where the service sent neither. */
  readonly RequestId: string | null;
  /** The service's clock (its `Date` header) in ms since the epoch, where it sent one. */
  readonly serverTime?: number;
  /** Cuts out of the service's words what must not be shown. Absent where no secrets are known. */
  readonly redact?: (text: string) => string;
  read(sink: ByteSink): void;
  /** Stops taking bytes from the socket, so that the service's sending stops too. */
  pause(): void;
  resume(): void;
  /** Destroys the socket: a stream allows 3 connections, and a kept one costs the user one of them. Idempotent. */
  close(): void;
}

export interface MediaResponseOptions {
  readonly RequestId: string | null;
  readonly serverTime?: number | undefined;
  readonly redact?: ((text: string) => string) | undefined;
  /** Makes the error that the sink is given when the connection breaks. */
  readonly broken: (cause: unknown) => Error;
}

/** What has become of the body: not over, ended by the service, or broken off. */
type Outcome = 'open' | 'ended' | { readonly cause: unknown };

/** The body of a GetMedia response, handed on as it comes. Takes charge of the body: its errors are handled here. */
export class HttpMediaResponse implements MediaResponse {
  readonly RequestId: string | null;
  declare readonly serverTime?: number;
  declare readonly redact?: (text: string) => string;
  readonly #body: ReplyBody;
  readonly #broken: (cause: unknown) => Error;
  #sink: ByteSink | undefined;
  #outcome: Outcome = 'open';
  #paused = false;
  #closed = false;

  constructor(body: ReplyBody, options: MediaResponseOptions) {
    this.#body = body;
    this.#broken = options.broken;
    this.RequestId = options.RequestId;
    if (options.serverTime !== undefined) {
      this.serverTime = options.serverTime;
    }
    if (options.redact !== undefined) {
      this.redact = options.redact;
    }
    body.pause();
    body.on('error', (cause: Error) => {
      this.#over({ cause });
    });
    body.on('end', () => {
      this.#over(body.complete ? 'ended' : { cause: undefined });
    });
    body.on('close', () => {
      this.#over({ cause: undefined });
    });
    if (body.destroyed) {
      this.#over({ cause: body.errored });
    }
  }

  read(sink: ByteSink): void {
    if (this.#sink !== undefined) {
      throw new Error('The body of a response can be read once only.');
    }
    this.#sink = sink;
    if (this.#closed) {
      return;
    }
    if (this.#outcome !== 'open') {
      // Not before `read` has returned: a sink need not be ready while it is being handed over.
      process.nextTick(() => {
        this.#tell(sink);
      });
      return;
    }
    this.#body.on('data', (slice: Buffer) => {
      if (!this.#closed) {
        sink.bytes(slice);
      }
    });
    if (!this.#paused) {
      this.#body.resume();
    }
  }

  pause(): void {
    this.#paused = true;
    this.#body.pause();
  }

  resume(): void {
    this.#paused = false;
    // With no one reading, bytes that flow are bytes lost.
    if (this.#sink !== undefined && !this.#closed) {
      this.#body.resume();
    }
  }

  close(): void {
    this.#closed = true;
    this.#body.destroy();
  }

  #over(outcome: Outcome): void {
    if (this.#outcome !== 'open') {
      return;
    }
    this.#outcome = outcome;
    if (this.#sink !== undefined) {
      this.#tell(this.#sink);
    }
  }

  #tell(sink: ByteSink): void {
    if (this.#closed || this.#outcome === 'open') {
      return;
    }
    this.#closed = true;
    if (this.#outcome === 'ended') {
      sink.ended();
    } else {
      sink.failed(this.#broken(this.#outcome.cause));
    }
  }
}
