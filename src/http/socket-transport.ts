/** HTTP/1.1 straight over a socket: without the layers of `node:http` and without new memory for each TLS record. */
import { validateHeaderValue } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { definedOnly } from '../defined-only';
import { connectOptions, type ConnectOptions } from './connect-options';
import { processReadBudget } from './socket-read-budget';
import { abortFailure, atHost, closedFailure, connectTimeout } from './http-failure';
import { hostOf, pathOf, type HttpRequest } from './request';
import { HttpResponseParser } from './http-response-parser';
import { SocketResponse } from './socket-response';
import { TlsSessions } from './tls-sessions';

/** TLS gives up to 16 KiB at a time, a plain socket up to 64 KiB. */
const BUFFER_BYTES = 64 * 1024;

export interface SocketTransportOptions {
  readonly connectTimeoutMs: number;
  /** Instead of the usual way for that time limit. */
  readonly connectOptions?: ConnectOptions;
  /** Of TLS, where it is not Node's own. */
  readonly tlsContext?: () => SecureContext | undefined;
}

/**
 * One call over a socket of its own, which is read into one buffer again and again. Keeps no connection, and knows no
 * proxies: `tls.connect` over a socket that exists already, such as a tunnel, does not heed `onread`.
 */
export class SocketTransport {
  readonly #options: SocketTransportOptions;
  readonly #sessions = new TlsSessions();
  /** What ends each open call with an error. */
  readonly #open = new Set<(error: Error) => void>();

  constructor(options: SocketTransportOptions) {
    this.#options = options;
  }

  /** Resolves with the head. The body is paused, and the caller's to close. */
  send(request: HttpRequest, { abortSignal }: { abortSignal: AbortSignal }): Promise<SocketResponse> {
    return new Promise<SocketResponse>((resolve, reject) => {
      abortSignal.throwIfAborted();
      const text = requestText(request);
      let response: SocketResponse | undefined;
      const fail = (error: Error): void => {
        socket.destroy();
        response?.abort(error);
        reject(atHost(error, request));
      };
      const abort = (): void => {
        fail(abortFailure(abortSignal));
      };
      const parser = new HttpResponseParser({
        head: (statusCode, headers) => {
          abortSignal.removeEventListener('abort', abort);
          response = new SocketResponse(statusCode, headers, socket, processReadBudget);
          resolve(response);
        },
        body: (slice) => response?.take(slice),
        over: (error) => {
          if (error === undefined) {
            response?.complete();
          } else {
            fail(error);
          }
        },
      });
      const socket = this.#connect(request, parser);
      this.#open.add(fail);
      abortSignal.addEventListener('abort', abort);
      socket.on('timeout', () => {
        fail(connectTimeout());
      });
      // For TLS not before the certificate has been verified.
      socket.on(isSecure(request) ? 'secureConnect' : 'connect', () => socket.write(text));
      socket.on('error', fail);
      socket.on('end', () => {
        parser.end();
      });
      socket.on('close', () => {
        abortSignal.removeEventListener('abort', abort);
        this.#open.delete(fail);
        fail(closedFailure());
      });
    });
  }

  /** Destroys every socket, those of open responses too. */
  close(): void {
    for (const fail of this.#open) {
      fail(closedFailure());
    }
  }

  /** A socket that is being connected, with the time limit for that, and whose bytes go to the parser. */
  #connect(request: HttpRequest, parser: HttpResponseParser): Socket {
    const { connectTimeoutMs, tlsContext } = this.#options;
    const secure = isSecure(request);
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    const host = hostOf(request);
    const target = {
      host,
      port: request.port ?? (secure ? 443 : 80),
      timeout: connectTimeoutMs,
      ...(this.#options.connectOptions ?? connectOptions(connectTimeoutMs)),
      onread: {
        buffer,
        callback: (length: number) => {
          parser.write(buffer, length);
          return true;
        },
      },
    };
    const tls = {
      ALPNProtocols: ['http/1.1'],
      servername: isIP(host) === 0 ? host : undefined,
      secureContext: secure ? (tlsContext?.() ?? usualContext()) : undefined,
    };
    const socket = secure
      ? this.#sessions.connect(`${host}:${target.port}`, (session) =>
          connectTls({ ...target, ...definedOnly({ ...tls, session }) }),
        )
      : connect(target);
    return socket.on('connect', () => socket.setTimeout(0));
  }
}

let usual: SecureContext | undefined;

/** What Node.js would make anew for each connection, a millisecond of CPU for each. */
function usualContext(): SecureContext {
  usual ??= createSecureContext();
  return usual;
}

function isSecure({ protocol }: HttpRequest): boolean {
  return protocol === 'https:';
}

/** Throws where a header would end early, as `node:http` does. */
function requestText(request: HttpRequest): string {
  let text = `${request.method} ${pathOf(request)} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries({ ...request.headers, connection: 'close' })) {
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n${String(request.body ?? '')}`;
}
