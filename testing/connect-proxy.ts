/** A forward proxy on loopback that knows CONNECT, as companies have them, and leads every name to servers of the test. */
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { IssuedCertificate } from './certificates';

export interface ConnectProxyOptions {
  /** The port on loopback where a `host:port` is to be found; undefined: none. */
  readonly lead?: (target: string) => number | undefined;
  /** `user:password` that it asks for. */
  readonly login?: string;
  /** Refuses everything with this status. */
  readonly refuseWith?: number;
  /** Takes connections and never answers. */
  readonly isSilent?: boolean;
  /** Makes it an `https:` proxy. */
  readonly certificate?: IssuedCertificate;
}

export class ConnectProxy {
  /** `host:port` of each CONNECT, let through or not. */
  readonly asked: string[] = [];
  readonly #sockets = new Set<Duplex>();
  readonly #server: Server;
  readonly #options: ConnectProxyOptions;
  #waiting: (() => void)[] = [];

  constructor(options: ConnectProxyOptions = {}) {
    this.#options = options;
    const { certificate } = options;
    this.#server = certificate === undefined ? createServer() : createSecureServer({ ...certificate });
    this.#server.on('connect', (request: IncomingMessage, socket: Socket) => {
      this.#connect(request, socket);
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#keep(socket);
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** Without its login. */
  get url(): string {
    const scheme = this.#options.certificate === undefined ? 'http' : 'https';
    return `${scheme}://${this.host}`;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Resolves once no connection is open, neither from a client nor to a server. */
  async idle(): Promise<void> {
    while (this.#sockets.size > 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves once that many have asked. */
  async hasBeenAsked(times = 1): Promise<void> {
    while (this.asked.length < times) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect({ url = '', headers }: IncomingMessage, socket: Socket): void {
    const { login, lead, refuseWith, isSilent } = this.#options;
    this.asked.push(url);
    this.#changed();
    if (isSilent === true) {
      // A server of node:http leaves its half open, and does not notice an end that is not read.
      socket.on('end', () => socket.end()).resume();
      return;
    }
    const given = Buffer.from(/^Basic (.*)$/.exec(headers['proxy-authorization'] ?? '')?.[1] ?? '', 'base64');
    if (login !== undefined && given.toString() !== login) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n');
      return;
    }
    const port = refuseWith === undefined ? lead?.(url) : undefined;
    if (port === undefined) {
      // As careless as a proxy can be.
      const body = `refused to ${given.toString()} (${given.toString('base64')})`;
      const head = `HTTP/1.1 ${refuseWith ?? 502} Refused\r\ncontent-length: ${Buffer.byteLength(body)}`;
      socket.end(`${head}\r\n\r\n${body}`);
      return;
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    this.#keep(onward);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#changed();
    });
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) {
      resolve();
    }
  }
}
