/** One listening port: reads whole requests, hands them on, and leaves nothing open when it is closed. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../clock';
import { isAnyAddress, isForeign } from './loopback';
import { printable } from '../../printable';

export interface TlsOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

export interface PlaneRequest {
  readonly requestId: string;
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
  /** Whole; empty if it comes as `media`. */
  readonly body: Buffer;
  /** Set on the paths whose body is a stream. Whoever gets it has to read it, or end the connection. */
  readonly media?: IncomingMessage;
}

/** Must not throw; a rejection would be an error of the simulator itself and ends the connection. */
export type PlaneHandler = (request: PlaneRequest, response: ServerResponse) => Promise<void>;

/** Far more than any request of this API has. */
const LARGEST_BODY = 1024 * 1024;
/** A request that has not come whole after so long, however it comes, is given up. */
const LONGEST_REQUEST_MS = 60_000;
const LINGER_MS = 1000;

export class HttpPlane {
  readonly #server: Server;
  readonly #host: string;
  readonly #scheme: 'http' | 'https';
  #port = 0;
  #cancelRefusal: () => void = () => undefined;
  #refused = 0;

  /** @param streams says which paths' bodies are streams of media */
  constructor(
    host: string,
    tls: TlsOptions | undefined,
    handler: PlaneHandler,
    streams: (path: string) => boolean,
  ) {
    this.#host = host;
    this.#scheme = tls === undefined ? 'http' : 'https';
    const listener = (message: IncomingMessage, response: ServerResponse) => {
      if (isForeign(message, host)) {
        this.#refused += 1;
        refuseForeign(message, response);
        return;
      }
      void serve(message, response, handler, streams);
    };
    this.#server =
      tls === undefined
        ? createHttpServer(listener)
        : createHttpsServer({ key: tls.key, cert: tls.cert }, listener);
    // A camera's request never ends.
    this.#server.requestTimeout = 0;
  }

  /** `http://127.0.0.1:4567`; known once it listens. */
  get url(): string {
    const name = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `${this.#scheme}://${isAnyAddress(this.#host) ? 'localhost' : name}:${this.#port}`;
  }

  /** Requests of web pages of other addresses, and by names that are not ours, so far. */
  get refused(): number {
    return this.#refused;
  }

  get port(): number {
    return this.#port;
  }

  get listening(): boolean {
    return this.#server.listening;
  }

  /** @throws the system's error (`EADDRINUSE`, `EACCES`) if the port cannot be opened */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.#host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // If another program takes the port during a refusal, it stays refused.
    this.#server.on('error', () => undefined);
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Accepts no connection for a while; those that are open stay. */
  refuse(clock: Clock, ms: number): void {
    if (this.#server.listening) {
      this.#server.close();
      this.#cancelRefusal = clock.after(ms, () => {
        this.#server.listen(this.#port, this.#host);
      });
    }
  }

  async close(): Promise<void> {
    this.#cancelRefusal();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }
}

/** Before anything of the request is read or kept. */
function refuseForeign(message: IncomingMessage, response: ServerResponse): void {
  response.on('error', () => undefined);
  message.on('error', () => undefined);
  response.once('finish', () => {
    linger(message);
  });
  refuse(response, 403, 'AccessDeniedException', FOREIGN);
}

function refuse(response: ServerResponse, statusCode: number, ErrorType: string, Message: string): void {
  response.writeHead(statusCode, {
    ...{ 'Content-Type': 'application/json', 'x-amzn-ErrorType': ErrorType, Connection: 'close' },
  });
  response.end(`${JSON.stringify({ Message })}\n`);
}

const FOREIGN =
  'The simulator answers to localhost and to the address that it listens on (--host), and to no web page of another site.';

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  handler: PlaneHandler,
  streams: (path: string) => boolean,
): Promise<void> {
  response.sendDate = false;
  // A client that goes away is normal; its 'close' is enough.
  response.on('error', () => undefined);
  try {
    const url = message.url ?? '/';
    const path = url.split('?', 1)[0] ?? '/';
    const isStream = streams(path);
    if (isStream) {
      response.once('finish', () => {
        linger(message);
      });
    }
    const body = isStream ? Buffer.alloc(0) : await readBody(message);
    if (body === undefined) {
      refuse(response, 413, 'RequestEntityTooLarge', 'The request is too large.');
      return;
    }
    await handler(
      {
        requestId: randomUUID(),
        method: message.method ?? 'GET',
        url,
        path,
        headers: message.headers,
        rawHeaders: message.rawHeaders,
        remoteAddress: message.socket.remoteAddress ?? '',
        body,
        ...(isStream ? { media: message } : {}),
      },
      response,
    );
  } catch (error) {
    // Ours, not the service's: said as it is, so that whoever works on the simulator sees it.
    if (response.headersSent) {
      response.destroy();
    } else {
      response.writeHead(500, { 'Content-Type': 'text/plain', Connection: 'close' });
      const reason = printable(error instanceof Error ? error.message : String(error));
      response.end(`The simulator failed: ${reason}\n`);
    }
  }
}

/** Discards what still comes after the answer, so that the answer gets through, and then ends the connection. */
function linger(message: IncomingMessage): void {
  if (message.complete) {
    return;
  }
  message.resume();
  const { socket } = message;
  const timer = setTimeout(() => {
    if (!message.complete) {
      socket.destroy();
    }
  }, LINGER_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}

/** Undefined for one that is too large, of which no more is read. */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => message.socket.destroy(), LONGEST_REQUEST_MS);
  try {
    for await (const part of message as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > LARGEST_BODY) {
        return undefined;
      }
      parts.push(part);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts);
}
