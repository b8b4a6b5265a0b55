import { Agent as HttpAgent } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { HttpRequest as SignedRequest, HttpHandlerOptions } from '@smithy/types';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpResponse } from '@smithy/core/protocols';

/** What is used of the body of an answer; it is paused at first. */
export interface ReplyBody {
  readonly complete: boolean;
  readonly destroyed: boolean;
  readonly errored: Error | null;
  /** A slice may be overwritten when the listener has returned. */
  on(event: 'data', listener: (slice: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** The head of an answer, and its body. */
export interface MediaReply {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: ReplyBody;
}

/** The head of an answer, and its body, paused. */
export type Reply = Omit<HttpResponse, 'body'> & { readonly body: IncomingMessage };

/**
 * The sockets of one service object. No socket is kept for reuse: GetMedia's cannot be, the other calls are rare, and
 * a kept one that the service has closed meanwhile fails the next call. Their number is not limited, for every
 * open GetMedia holds one and none may wait for another to end.
 */
export class Transport {
  readonly #httpAgent = new HttpAgent({ keepAlive: false, maxSockets: Infinity });
  readonly #httpsAgent = new HttpsAgent({ keepAlive: false, maxSockets: Infinity });
  readonly #connectTimeoutMs: number;
  #handler: Promise<NodeHttpHandler> | undefined;

  constructor(connectTimeoutMs: number) {
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** Resolves with the head. The body is a paused `IncomingMessage`, and the caller's to destroy. */
  async send(request: SignedRequest, options: HttpHandlerOptions): Promise<Reply> {
    const handler = await (this.#handler ??= this.#create());
    const { HttpRequest } = await import('@smithy/core/protocols');
    const { response } = await handler.handle(new HttpRequest(request), options);
    return response as Reply;
  }

  /** Destroys every socket, those of open responses too. */
  close(): void {
    this.#httpAgent.destroy();
    this.#httpsAgent.destroy();
  }

  async #create(): Promise<NodeHttpHandler> {
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    return new NodeHttpHandler({
      connectionTimeout: this.#connectTimeoutMs,
      httpAgent: this.#httpAgent,
      httpsAgent: this.#httpsAgent,
    });
  }
}

const LONGEST_ERROR_BODY = 64 * 1024;

/**
 * The beginning of an error's body as text: what comes within the time and the 64 KiB. Never rejects, for an error
 * with half its message is better than none. Destroys the socket.
 */
export function readErrorBody(body: ReplyBody, timeoutMs: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      body.destroy();
      resolve(Buffer.concat(parts).subarray(0, LONGEST_ERROR_BODY).toString('utf8'));
    };
    const timer = setTimeout(finish, timeoutMs);
    signal.addEventListener('abort', finish);
    body.on('error', finish);
    body.on('end', finish);
    body.on('close', finish);
    body.on('data', (part: Buffer) => {
      parts.push(Buffer.from(part));
      length += part.length;
      if (length >= LONGEST_ERROR_BODY) {
        finish();
      }
    });
    body.resume();
  });
}
