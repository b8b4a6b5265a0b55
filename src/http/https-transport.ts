/** HTTP/1.1 over `node:http` and `node:https`, through proxies too: all calls but media that come straight. */
import { Agent as HttpAgent, request as requestHttp, type Agent } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { definedOnly } from '../defined-only';
import { connectOptions, type ConnectOptions } from './connect-options';
import { abortFailure, atHost, closedFailure, connectTimeout } from './http-failure';
import { HttpsResponse } from './https-response';
import { proxyFor, type Proxy, type ProxySettings, type Target } from './proxy';
import { hostOf, pathOf, type HttpRequest } from './request';
import { createTlsContext, type ClientCertificate } from './tls-context';
import { createTunnel } from './tunnel';

/** What lies between this machine and AWS. */
export interface NetworkOptions {
  /** Instead of the proxy that the environment names. */
  readonly proxy?: ProxySettings | undefined;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string | undefined;
  /** Reads others, PEM, when the first connection is made. */
  readonly moreAuthorities?: (() => string | undefined) | undefined;
  /** Instead of the look-up that all connections of the process share. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * The sockets of one account. No socket is kept for reuse: GetMedia's cannot be, the other calls are rare, and a kept
 * one that the service has closed meanwhile fails the next call. Their number is not limited, for every open GetMedia
 * holds one and none may wait for another to end.
 */
export class HttpsTransport {
  readonly connectOptions: ConnectOptions;
  readonly #connectTimeoutMs: number;
  readonly #network: NetworkOptions;
  /** By protocol. */
  readonly #shared = new Map<string, Agent>();
  /** All that may have sockets. */
  readonly #agents = new Set<Agent>();
  #tlsContext: { readonly context: SecureContext | undefined } | undefined;

  constructor(connectTimeoutMs: number, network: NetworkOptions = {}) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#network = network;
    this.connectOptions = connectOptions(connectTimeoutMs, network.lookup);
  }

  /** No proxy is on the way there. */
  isDirect(target: Target): boolean {
    return this.#proxyFor(target) === undefined;
  }

  /** What TLS trusts, where that is more than Node.js does. Made once: reading all the authorities takes a while. */
  tlsContext(): SecureContext | undefined {
    this.#tlsContext ??= { context: createTlsContext(this.#authorities()) };
    return this.#tlsContext.context;
  }

  #authorities(): string[] {
    return [this.#network.ca, this.#network.moreAuthorities?.()].filter((pem) => pem !== undefined);
  }

  /**
   * Resolves with the head. The body is paused, and the caller's to close.
   *
   * @param certificate to show to the server
   */
  send(
    request: HttpRequest,
    { abortSignal }: { readonly abortSignal?: AbortSignal | undefined },
    certificate?: ClientCertificate,
  ): Promise<HttpsResponse> {
    return new Promise((resolve, reject) => {
      if (abortSignal?.aborted === true) {
        throw abortFailure(abortSignal);
      }
      const proxy = this.#proxyFor(request);
      const isDirect = proxy === undefined && certificate === undefined;
      const agent = isDirect ? this.#sharedAgent(request) : this.#createAgent(request, proxy, certificate);
      const outgoing = (request.protocol === 'https:' ? requestHttps : requestHttp)({
        method: request.method,
        host: hostOf(request),
        path: pathOf(request),
        headers: request.headers,
        agent,
        ...definedOnly({ port: request.port }),
      });
      this.#agents.add(agent);
      const release = (): void => {
        if (!isDirect) {
          this.#agents.delete(agent);
          agent.destroy();
        }
      };
      const fail = (error: Error): void => {
        reject(atHost(error, request));
        outgoing.destroy(error);
        release();
      };
      const abort = (): void => {
        if (abortSignal !== undefined) {
          fail(abortFailure(abortSignal));
        }
      };
      // A tunnel has its own time limit, which knows the proxy's name.
      const limit = proxy === undefined ? this.#connectTimeoutMs : undefined;
      const timer = limit === undefined ? undefined : setTimeout(fail, limit, connectTimeout());
      abortSignal?.addEventListener('abort', abort);
      outgoing.on('socket', (socket) => {
        socket.once('connect', () => {
          clearTimeout(timer);
        });
      });
      outgoing.on('error', fail);
      outgoing.on('response', (message) => {
        resolve(new HttpsResponse(message));
      });
      outgoing.on('close', () => {
        clearTimeout(timer);
        abortSignal?.removeEventListener('abort', abort);
        release();
        // For an answer that asks for another protocol there is no other event.
        reject(closedFailure());
      });
      outgoing.end(bodyOf(request));
    });
  }

  /** Destroys every socket, those of open responses too. */
  close(): void {
    for (const agent of this.#agents) {
      agent.destroy();
    }
  }

  #proxyFor(target: Target): Proxy | undefined {
    return proxyFor(target, this.#network.proxy, process.env);
  }

  /** For all calls that go straight and show no certificate: an agent remembers TLS sessions. */
  #sharedAgent({ protocol }: HttpRequest): Agent {
    const agent = this.#shared.get(protocol) ?? this.#createDirectAgent(protocol, this.tlsContext());
    this.#shared.set(protocol, agent);
    return agent;
  }

  /** For one call, whose end is the agent's. */
  #createAgent(
    { protocol }: HttpRequest,
    proxy: Proxy | undefined,
    certificate: ClientCertificate | undefined,
  ): Agent {
    const secureContext =
      certificate === undefined ? this.tlsContext() : createTlsContext(this.#authorities(), certificate);
    return proxy === undefined
      ? this.#createDirectAgent(protocol, secureContext)
      : createTunnel({
          proxy,
          secureContext,
          proxyContext: this.tlsContext(),
          connectOptions: this.connectOptions,
          connectTimeoutMs: this.#connectTimeoutMs,
        });
  }

  #createDirectAgent(protocol: string, secureContext: SecureContext | undefined): Agent {
    const options = { keepAlive: false, maxSockets: Infinity, ...this.connectOptions };
    return protocol === 'https:'
      ? new HttpsAgent({ ...options, ...definedOnly({ secureContext }) })
      : new HttpAgent(options);
  }
}

function bodyOf(request: HttpRequest): string | Uint8Array | undefined {
  const body: unknown = request.body;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    return body;
  }
  throw new TypeError('The body of a request is text or bytes.');
}
