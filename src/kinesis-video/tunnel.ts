import type { Agent, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Proxy } from './proxy';
import { ProxyFailure } from './proxy';

const PROXY_PROTOCOLS = ['http:', 'https:'];

export interface TunnelOptions {
  readonly proxy: Proxy;
  /** For the server behind the proxy. */
  readonly secureContext?: SecureContext | undefined;
  /** For the proxy itself, where it is an `https:` one. */
  readonly proxyContext?: SecureContext | undefined;
  readonly connectTimeoutMs: number;
}

/**
 * An agent for one call, which goes through a proxy (CONNECT). Its `destroy` also ends a connection that is still
 * being made, of which neither `node:http` nor the library's agent knows.
 */
export async function createTunnel(options: TunnelOptions): Promise<Agent> {
  const { proxy, secureContext, proxyContext, connectTimeoutMs } = options;
  if (!PROXY_PROTOCOLS.includes(proxy.url.protocol)) {
    throw new ProxyFailure('ERR_PROXY_INVALID_CONFIG', proxy.url.host);
  }
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  type ConnectOptions = Parameters<InstanceType<typeof HttpsProxyAgent>['connect']>[1];
  const giveUp = new AbortController();

  class Tunnel extends HttpsProxyAgent<string> {
    #isOpen = false;

    override async connect(request: ClientRequest, target: ConnectOptions): Promise<Socket> {
      let status: number | undefined;
      request.once('proxyConnect', (answer: { statusCode: number }) => {
        status = answer.statusCode;
      });
      const timer = setTimeout(() => {
        giveUp.abort();
      }, connectTimeoutMs);
      const trusting = secureContext === undefined ? {} : { secureContext };
      let socket: Socket;
      try {
        socket = await super.connect(request, { ...target, ...trusting });
      } catch (failure) {
        throw new ProxyFailure(codeOf(failure), proxy.url.host);
      } finally {
        clearTimeout(timer);
      }
      if (status !== 200) {
        // The library would pass the proxy's answer off as the service's.
        socket.destroy();
        throw new ProxyFailure('ERR_PROXY_TUNNEL', proxy.url.host, status);
      }
      this.#isOpen = true;
      return socket;
    }

    override destroy(): void {
      if (!this.#isOpen) {
        giveUp.abort();
      }
      super.destroy();
    }
  }

  const { authorization } = proxy;
  return new Tunnel(proxy.url, {
    keepAlive: false,
    maxSockets: Infinity,
    signal: giveUp.signal,
    ...(proxyContext === undefined ? {} : { secureContext: proxyContext }),
    headers: () => (authorization === undefined ? {} : { 'Proxy-Authorization': authorization }),
  });
}

function codeOf(failure: unknown): string {
  if (failure instanceof Error && failure.name === 'AbortError') {
    return 'ETIMEDOUT';
  }
  const code = failure instanceof Error && 'code' in failure ? failure.code : undefined;
  return typeof code === 'string' ? code : 'ECONNRESET';
}
