import { validateHeaderValue } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { HttpRequest } from '@smithy/types';
import { connecting, type Connecting } from './connect-options';
import { failure, HttpResponseParser, type ResponseEvents } from './response-parser';
import type { MediaReply, ReplyBody } from './https-transport';

/** TLS gives up to 16 KiB at a time, a plain socket up to 64 KiB. */
const BUFFER_BYTES = 64 * 1024;
/** After so long at a stretch the messages that came of it get their turn: they would pile up, and grow old. */
const TURN_MS = 1;
const CLOSED = 'The connection was closed.';

export interface LeanTransportOptions {
  readonly connectTimeoutMs: number;
  /** Instead of the usual way for that time limit. */
  readonly connecting?: Connecting;
  /** Of TLS, where it is not Node's own. */
  readonly trust?: () => SecureContext | undefined;
  /** ms, of a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * One call over a socket of its own, which is read into one buffer again and again: without the layers of `node:http`
 * and without new memory for each TLS record. Keeps no connection, and knows no proxies: `tls.connect` over a socket
 * that exists already, such as a tunnel, does not heed `onread`.
 */
export class LeanTransport {
  readonly #open = new Set<LeanBody>();
  readonly #turn: Turn;

  constructor(private readonly options: LeanTransportOptions) {
    this.#turn = new Turn(options.now ?? performance.now.bind(performance));
  }

  /** Resolves with the head. The body is paused, and the caller's to destroy. */
  send(request: HttpRequest, { abortSignal }: { abortSignal: AbortSignal }): Promise<MediaReply> {
    return new Promise<MediaReply>((resolve, reject) => {
      abortSignal.throwIfAborted();
      const body: LeanBody = new LeanBody(request, this.options, this.#turn, (statusCode, headers) => {
        abortSignal.removeEventListener('abort', abort);
        resolve({ statusCode, headers, body });
      });
      const abort = (): void => {
        body.destroy(failure('ABORT_ERR', 'The call was aborted.'));
      };
      this.#open.add(body);
      abortSignal.addEventListener('abort', abort);
      body.on('close', () => {
        abortSignal.removeEventListener('abort', abort);
        this.#open.delete(body);
      });
      body.on('error', reject);
    });
  }

  /** Destroys every socket, those of open responses too. */
  close(): void {
    for (const body of this.#open) {
      body.destroy(failure('ECONNRESET', CLOSED));
    }
  }
}

/** What comes over one socket. From the head on the socket is read when the body is. */
class LeanBody extends Readable implements ReplyBody {
  complete = false;
  readonly #socket: Socket;
  readonly #turn: Turn;

  constructor(
    request: HttpRequest,
    options: LeanTransportOptions,
    turn: Turn,
    onHead: ResponseEvents['head'],
  ) {
    super();
    this.#turn = turn;
    const parser = new HttpResponseParser({
      head: (statusCode, headers) => {
        this.#socket.pause();
        onHead(statusCode, headers);
      },
      body: (slice) => {
        this.#take(slice);
      },
      over: (error) => {
        if (error !== undefined) {
          this.destroy(error);
          return;
        }
        this.complete = true;
        this.push(null);
        this.#socket.destroy();
      },
    });
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    const onread = {
      buffer,
      callback: (length: number) => {
        parser.write(buffer.subarray(0, length));
        return true;
      },
    };
    const text = requestText(request);
    const secure = request.protocol === 'https:';
    const host = request.hostname.replace(/^\[|\]$/g, '');
    const target = {
      host,
      port: request.port ?? (secure ? 443 : 80),
      timeout: options.connectTimeoutMs,
      ...(options.connecting ?? connecting(options.connectTimeoutMs)),
      onread,
    };
    const secureContext = secure ? options.trust?.() : undefined;
    const trust = secureContext === undefined ? {} : { secureContext };
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = secure
      ? connectTls({ ...target, ...trust, ...name, ALPNProtocols: ['http/1.1'] })
      : connect(target);
    this.#socket = socket;
    socket.on('timeout', () => {
      this.destroy(failure('ETIMEDOUT', 'No connection came about in time.'));
    });
    socket.on('connect', () => socket.setTimeout(0));
    // Not before the certificate has been verified.
    socket.on(secure ? 'secureConnect' : 'connect', () => socket.write(text));
    socket.on('error', (error: Error) => this.destroy(error));
    socket.on('end', () => {
      parser.end();
    });
    socket.on('close', () => this.complete || this.destroy(failure('ECONNRESET', CLOSED)));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #take(slice: Buffer): void {
    if (this.destroyed) {
      return;
    }
    if (this.readableFlowing === true && this.readableLength === 0) {
      // Past the stream's queue, which keeps what it is given.
      this.emit('data', slice);
      this.#turn.spend(this.#socket);
    } else if (!this.push(Buffer.from(slice))) {
      this.#socket.pause();
    }
  }
}

/**
 * The turn that reading has before all else in the event loop gets its own, shared by all sockets of a transport: of each of
 * them, libuv would read megabytes in one.
 */
class Turn {
  #endsAt = 0;
  readonly #waiting = new Set<Socket>();

  constructor(private readonly now: () => number) {}

  /** What came over the socket has been dealt with: where the turn is over, it waits for the next one. */
  spend(socket: Socket): void {
    const now = this.now();
    if (this.#endsAt === 0) {
      this.#endsAt = now + TURN_MS;
      setImmediate(() => {
        this.#next();
      });
    } else if (now > this.#endsAt) {
      socket.pause();
      this.#waiting.add(socket);
    }
  }

  #next(): void {
    this.#endsAt = 0;
    for (const socket of this.#waiting) {
      socket.resume();
    }
    this.#waiting.clear();
  }
}

/** Throws where a header would end early, as `node:http` does. */
function requestText({ method, path, headers, body }: HttpRequest): string {
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries({ ...headers, connection: 'close' })) {
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n${String(body ?? '')}`;
}
