/** A service for a session: the test decides how each GetMedia call ends and which bytes arrive. */
import {
  KinesisVideoError,
  type ByteSink,
  type MediaResponse,
  type MediaService,
} from '../src/kinesis-video';
import type { StartSelector } from '../src/options';

/** A chunk that the scripted service holds. */
export interface HeldChunk {
  readonly FragmentNumber: string;
  readonly ServerTimestamp: number;
  readonly bytes: Buffer;
}

/** One GetMedia call that a session has made; the test decides what becomes of it. */
export class ScriptedCall {
  constructor(
    readonly selector: StartSelector,
    readonly signal: AbortSignal,
    private readonly settle: { resolve(response: MediaResponse): void; reject(error: unknown): void },
  ) {}

  /** Answers with status 200. */
  open(RequestId = 'request-1', serverTime?: number): ScriptedResponse {
    const response = new ScriptedResponse(RequestId, serverTime);
    this.settle.resolve(response);
    return response;
  }

  fail(error: unknown): void {
    this.settle.reject(error);
  }
}

/** A response whose bytes the test pushes; while the session has paused it, they wait here as in a socket. */
export class ScriptedResponse implements MediaResponse {
  closed = false;
  paused = false;
  #sink: ByteSink | undefined;
  readonly #waiting: ((sink: ByteSink) => void)[] = [];

  declare readonly serverTime?: number;

  constructor(
    readonly RequestId: string | null,
    serverTime?: number,
  ) {
    if (serverTime !== undefined) {
      this.serverTime = serverTime;
    }
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.#flush();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#flush();
  }

  close(): void {
    this.closed = true;
    this.#waiting.length = 0;
  }

  /** Sends bytes, in slices of at most `sliceSize`. */
  push(bytes: Buffer, sliceSize = 16_384): void {
    for (let at = 0; at < bytes.length; at += sliceSize) {
      const slice = Buffer.from(bytes.subarray(at, at + sliceSize));
      this.#tell((sink) => {
        sink.bytes(slice);
        // As a transport may do.
        slice.fill(0xa3);
      });
    }
  }

  end(): void {
    this.#tell((sink) => {
      sink.ended();
    });
  }

  breakOff(code = 'ECONNRESET'): void {
    this.#tell((sink) => {
      sink.failed(
        new KinesisVideoError('The connection to stream "demo" was lost.', {
          ErrorType: 'NetworkError',
          RequestId: this.RequestId,
          operation: 'GetMedia',
          networkCode: code,
        }),
      );
    });
  }

  #tell(event: (sink: ByteSink) => void): void {
    this.#waiting.push(event);
    this.#flush();
  }

  #flush(): void {
    while (this.#sink !== undefined && !this.paused && !this.closed) {
      const event = this.#waiting.shift();
      if (event === undefined) {
        return;
      }
      event(this.#sink);
    }
  }
}

/** A service whose every call is answered by the test. */
export class ScriptedService implements MediaService {
  readonly calls: ScriptedCall[] = [];
  readonly log: string[] = [];
  clockOffsetMs = 0;
  /** What `resolveEndpoint` rejects with, once each. */
  readonly endpointErrors: unknown[] = [];

  get last(): ScriptedCall {
    const call = this.calls.at(-1);
    if (call === undefined) {
      throw new Error('The session has not called GetMedia.');
    }
    return call;
  }

  resolveEndpoint(): Promise<string> {
    const error = this.endpointErrors.shift();
    return error === undefined
      ? Promise.resolve('https://data.example')
      : Promise.reject(error instanceof Error ? error : new Error('not an error'));
  }

  getMedia(_stream: unknown, selector: StartSelector, signal: AbortSignal): Promise<MediaResponse> {
    return new Promise((resolve, reject) => {
      this.calls.push(new ScriptedCall(selector, signal, { resolve, reject }));
    });
  }

  forgetEndpoint(): void {
    this.log.push('forgetEndpoint');
  }

  forgetCredentials(): void {
    this.log.push('forgetCredentials');
  }

  correctClock(serverTime: number): void {
    this.log.push(`correctClock ${serverTime}`);
  }
}

/** The held chunks that a selector asks for, as the service picks them: after a number or token, from a time on. */
export function selected(chunks: readonly HeldChunk[], selector: StartSelector): readonly HeldChunk[] {
  switch (selector.StartSelectorType) {
    case 'NOW':
      return chunks.slice(-1);
    case 'EARLIEST':
      return chunks;
    case 'FRAGMENT_NUMBER':
      return chunks.filter((chunk) => BigInt(chunk.FragmentNumber) > BigInt(selector.AfterFragmentNumber));
    case 'CONTINUATION_TOKEN':
      return chunks.filter((chunk) => BigInt(chunk.FragmentNumber) > BigInt(selector.ContinuationToken));
    case 'SERVER_TIMESTAMP':
    case 'PRODUCER_TIMESTAMP': {
      const later = chunks.findIndex((chunk) => chunk.ServerTimestamp > selector.StartTimestamp);
      return chunks.slice(Math.max(0, later < 0 ? chunks.length - 1 : later - 1));
    }
  }
}
