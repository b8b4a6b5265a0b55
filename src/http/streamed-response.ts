/** An HTTP response whose body is handed on as it comes: the interface, and what both transports' responses share. */

/** Takes the bytes of a response's body. After `ended` or `failed` nothing follows. */
export interface ByteSink {
  /** The slice may be overwritten when this has returned: what is to be kept of it is to be copied. */
  bytes(slice: Buffer): void;
  /** The service ended the response. */
  ended(): void;
  /** The connection broke. Never called after `MediaResponse.close()`. */
  failed(error: Error): void;
}

/** A response whose head has arrived with status 200. Nothing is read before `read` is called. */
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

/** What the service says of a response, for those who read its media. */
export interface ResponseFacts {
  readonly RequestId: string | null;
  readonly serverTime?: number | undefined;
  readonly redact: (text: string) => string;
  /** Makes the error that the sink is given when the connection breaks; `cause` is undefined where none is known. */
  readonly broken: (cause: Error | undefined) => Error;
}

/** Outcome of the body: not over, ended by the service, or broken off. */
type Outcome = 'open' | 'ended' | { readonly cause: Error | undefined };

/**
 * A response of any status whose body streams. Subclasses own the socket: they call `deliver`, `end` and `fail`, and
 * let bytes flow only between `flow` and `halt`.
 */
export abstract class StreamedResponse implements MediaResponse {
  RequestId: string | null = null;
  declare serverTime?: number;
  declare redact?: (text: string) => string;
  #broken: ResponseFacts['broken'] = (cause) => cause ?? new Error('The connection was closed.');
  #sink: ByteSink | undefined;
  #outcome: Outcome = 'open';
  #isPaused = false;
  #isClosed = false;

  constructor(
    readonly statusCode: number,
    /** Field names are in lower case, repeated fields are joined by commas. */
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Sets what those who read this response as media learn of it. */
  describe({ RequestId, serverTime, redact, broken }: ResponseFacts): this {
    this.RequestId = RequestId;
    this.redact = redact;
    if (serverTime !== undefined) {
      this.serverTime = serverTime;
    }
    this.#broken = broken;
    return this;
  }

  read(sink: ByteSink): void {
    if (this.#sink !== undefined) {
      throw new Error('The body of a response can be read once only.');
    }
    this.#sink = sink;
    if (this.#outcome !== 'open') {
      // Not before `read` has returned: a sink need not be ready while it is being handed over.
      process.nextTick(() => {
        this.#report();
      });
    } else if (this.isFlowing) {
      this.flow();
    }
  }

  pause(): void {
    this.#isPaused = true;
    this.halt();
  }

  resume(): void {
    this.#isPaused = false;
    // While no one reads, bytes that flow are lost.
    if (this.isFlowing) {
      this.flow();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.release();
  }

  /** Whether the reader wants bytes now. */
  protected get isFlowing(): boolean {
    return this.#sink !== undefined && !this.#isPaused && !this.#isClosed && this.#outcome === 'open';
  }

  /** Starts to take bytes from the socket. */
  protected abstract flow(): void;

  /** Stops taking bytes from the socket. */
  protected abstract halt(): void;

  /** Destroys the socket. */
  protected abstract release(): void;

  /** Hands a part of the body to the reader. */
  protected deliver(slice: Buffer): void {
    if (!this.#isClosed) {
      this.#sink?.bytes(slice);
    }
  }

  /** The body is complete, and all of it has been delivered. */
  protected end(): void {
    this.#settle('ended');
  }

  /** The connection broke before the body was complete. */
  protected fail(cause: Error | undefined): void {
    this.#settle({ cause });
  }

  #settle(outcome: Outcome): void {
    if (this.#outcome === 'open') {
      this.#outcome = outcome;
      this.#report();
    }
  }

  /** Tells the sink the outcome, once. */
  #report(): void {
    if (this.#sink === undefined || this.#isClosed || this.#outcome === 'open') {
      return;
    }
    this.#isClosed = true;
    if (this.#outcome === 'ended') {
      this.#sink.ended();
    } else {
      this.#sink.failed(this.#broken(this.#outcome.cause));
    }
  }
}
