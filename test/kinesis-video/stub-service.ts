import { once, setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { KinesisVideoServiceOptions, MediaTransport } from '../../src/kinesis-video';
import { KinesisVideoError, KinesisVideoService } from '../../src/kinesis-video';

export interface SeenRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly socket: Socket;
}

export type Answer = (response: ServerResponse, request: SeenRequest) => void;

export const KEYS = {
  kind: 'keys',
  accessKeyId: 'AKIAEXAMPLEEXAMPLE12',
  secretAccessKey: 'secret/Key+0',
} as const;
export const STREAM = { StreamName: 'front-door' };
export const never = new AbortController().signal;
setMaxListeners(0, never);

/** A server that answers each path as a test tells it to. Both planes are on one port unless a test says otherwise. */
export class StubService {
  readonly requests: SeenRequest[] = [];
  readonly answers = new Map<string, Answer>();
  readonly #sockets = new Set<Socket>();
  readonly #waiting: (() => void)[] = [];
  readonly #opened: KinesisVideoService[] = [];
  readonly #server: Server;

  /**
   * @param mediaTransport of the service objects that are made for it; the product's default where absent
   * @param secure makes it an `https:` server
   */
  constructor(
    private readonly mediaTransport?: MediaTransport,
    private readonly secure?: ServerOptions,
  ) {
    const take = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#take(request, response);
    };
    this.#server = secure === undefined ? createServer(take) : createSecureServer(secure, take);
  }

  async listen(): Promise<this> {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
      });
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.answers.set('/getDataEndpoint', json(200, { DataEndpoint: this.url }));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.secure === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  service(options: Partial<KinesisVideoServiceOptions> = {}): KinesisVideoService {
    const service = new KinesisVideoService({
      region: 'eu-west-1',
      credentials: KEYS,
      endpoint: this.url,
      mediaTransport: this.mediaTransport,
      ...options,
    });
    this.#opened.push(service);
    return service;
  }

  to(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Until that many requests have come to `path`. */
  async received(path: string, count = 1): Promise<SeenRequest> {
    while (this.to(path).length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const request = this.to(path)[count - 1];
    if (request === undefined) {
      throw new Error('unreachable');
    }
    return request;
  }

  async close(): Promise<void> {
    for (const service of this.#opened) {
      service.close();
    }
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) {
        parts.push(part as Buffer);
      }
    } catch {
      return; // The client has given up before the request was complete.
    }
    const { url = '', method = '', headers, socket } = request;
    const seen = { path: url, method, headers, text: Buffer.concat(parts).toString(), socket };
    this.requests.push(seen);
    const answer = this.answers.get(url) ?? json(404, { Message: 'no such path' });
    answer(response, seen);
    for (const resolve of this.#waiting.splice(0)) {
      resolve();
    }
  }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return reply(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

export function reply(
  status: number,
  body: string | Buffer,
  headers: Record<string, string | string[]> = {},
): Answer {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** Takes the request and says nothing. */
export const silence: Answer = () => undefined;

export async function failureOf(promise: Promise<unknown>): Promise<KinesisVideoError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof KinesisVideoError) {
      return error;
    }
    throw error;
  }
  throw new Error('The call succeeded.');
}

/** Resolves once a connection is gone. */
export function closed(socket: {
  readonly destroyed: boolean;
  once(event: 'close', done: () => void): unknown;
}): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve();
    } else {
      socket.once('close', resolve);
    }
  });
}
