import type { Agent, IncomingMessage } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type * as Protocols from '@smithy/core/protocols';
import type * as NodeHandler from '@smithy/node-http-handler';
import type { HttpRequest as SignedRequest, HttpHandlerOptions } from '@smithy/types';
import { lazily } from '../lazily';
import { connecting, type Connecting } from './connect-options';
import type { Proxy, ProxySettings, Target } from './proxy';
import { proxyFor } from './proxy';
import type { ClientCertificate } from './tls-context';
import { createTrust } from './tls-context';
import { createTunnel } from './tunnel';

const handlerPackage = lazily(() => require('@smithy/node-http-handler') as typeof NodeHandler);
const protocolsPackage = lazily(() => require('@smithy/core/protocols') as typeof Protocols);

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
export type Reply = Omit<Protocols.HttpResponse, 'body'> & { readonly body: IncomingMessage };

/** What lies between this machine and AWS. */
export interface NetworkOptions {
  /** Instead of the proxy that the environment names. */
  readonly proxy?: ProxySettings | undefined;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string | undefined;
  /** Instead of the look-up that all connections of the process share. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * The sockets of one service object. No socket is kept for reuse: GetMedia's cannot be, the other calls are rare, and
 * a kept one that the service has closed meanwhile fails the next call. Their number is not limited, for every
 * open GetMedia holds one and none may wait for another to end.
 */
export class Transport {
  readonly connecting: Connecting;
  readonly #connectTimeoutMs: number;
  readonly #network: NetworkOptions;
  /** Those of the calls under way that go through a proxy or show a certificate. */
  readonly #ownAgents = new Set<Agent>();
  #shared: { readonly agents: readonly Agent[]; readonly handler: NodeHandler.NodeHttpHandler } | undefined;
  #trust: { readonly context: SecureContext | undefined } | undefined;

  constructor(connectTimeoutMs: number, network: NetworkOptions = {}) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#network = network;
    this.connecting = connecting(connectTimeoutMs, network.lookup);
  }

  /** No proxy is on the way there. */
  isDirect(target: Target): boolean {
    return this.#proxyFor(target) === undefined;
  }

  /** What TLS trusts, where that is more than Node.js does. Made once: reading all the authorities takes a while. */
  trusted(): SecureContext | undefined {
    this.#trust ??= { context: createTrust(this.#network.ca) };
    return this.#trust.context;
  }

  /**
   * Resolves with the head. The body is a paused `IncomingMessage`, and the caller's to destroy.
   *
   * @param certificate to show to the server
   */
  async send(
    request: SignedRequest,
    options: HttpHandlerOptions,
    certificate?: ClientCertificate,
  ): Promise<Reply> {
    const proxy = this.#proxyFor(request);
    if (proxy === undefined && certificate === undefined) {
      return handle(this.#ready(), request, options);
    }
    const agent = this.#agentFor(proxy, certificate);
    this.#ownAgents.add(agent);
    const over = (): void => {
      this.#ownAgents.delete(agent);
      agent.destroy();
    };
    try {
      // A tunnel has its own time limit, which knows the proxy's name.
      const limit = proxy === undefined ? this.#connectTimeoutMs : 0;
      const reply = await handle(this.#createHandler([agent, agent], limit), request, options);
      reply.body.once('close', over);
      return reply;
    } catch (failure) {
      over();
      throw failure;
    }
  }

  /** Destroys every socket, those of open responses too. */
  close(): void {
    for (const agent of [...(this.#shared?.agents ?? []), ...this.#ownAgents]) {
      agent.destroy();
    }
  }

  #proxyFor(target: Target): Proxy | undefined {
    return proxyFor(target, this.#network.proxy, process.env);
  }

  #agentFor(proxy: Proxy | undefined, certificate: ClientCertificate | undefined): Agent {
    const context = certificate === undefined ? this.trusted() : createTrust(this.#network.ca, certificate);
    return proxy === undefined
      ? this.#httpsAgent(context)
      : createTunnel({
          proxy,
          secureContext: context,
          proxyContext: this.trusted(),
          connecting: this.connecting,
          connectTimeoutMs: this.#connectTimeoutMs,
        });
  }

  #ready(): NodeHandler.NodeHttpHandler {
    if (this.#shared === undefined) {
      const agents = [
        new HttpAgent({ keepAlive: false, maxSockets: Infinity, ...this.connecting }),
        this.#httpsAgent(this.trusted()),
      ] as const;
      this.#shared = { agents, handler: this.#createHandler(agents) };
    }
    return this.#shared.handler;
  }

  #httpsAgent(context: SecureContext | undefined): HttpsAgent {
    const trusting = context === undefined ? {} : { secureContext: context };
    return new HttpsAgent({ keepAlive: false, maxSockets: Infinity, ...trusting, ...this.connecting });
  }

  #createHandler(
    [http, https]: readonly [Agent, Agent],
    connectionTimeout = this.#connectTimeoutMs,
  ): NodeHandler.NodeHttpHandler {
    const { NodeHttpHandler } = handlerPackage();
    // The handler hands it to `node:https`, which takes any agent, though the types ask for one of its own.
    const agents: object = { httpAgent: http, httpsAgent: https };
    return new NodeHttpHandler({ connectionTimeout, ...agents });
  }
}

async function handle(
  handler: NodeHandler.NodeHttpHandler,
  request: SignedRequest,
  options: HttpHandlerOptions,
): Promise<Reply> {
  const { HttpRequest } = protocolsPackage();
  const { response } = await handler.handle(new HttpRequest(request), options);
  return response as Reply;
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
