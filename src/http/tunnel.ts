/** Connections through a proxy (CONNECT). */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as askHttp } from 'node:http';
import { Agent as HttpsAgent, request as askHttps, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { definedOnly } from '../defined-only';
import type { ConnectOptions } from './connect-options';
import type { Proxy } from './proxy';
import { ProxyFailure } from './proxy';

const PROXY_PROTOCOLS = ['http:', 'https:'];

export interface TunnelOptions {
  readonly proxy: Proxy;
  /** For the server behind the proxy. */
  readonly secureContext?: SecureContext | undefined;
  /** For the proxy itself, where it is an `https:` one. */
  readonly proxyContext?: SecureContext | undefined;
  readonly connectOptions: ConnectOptions;
  /** Until the proxy has answered, ms. */
  readonly connectTimeoutMs: number;
}

type Opened = (error: Error | null, socket?: Duplex) => void;

/** An agent for one `https:` call, which goes through a proxy (CONNECT, RFC 9110, section 9.3.6). */
export function createTunnel(options: TunnelOptions): Agent {
  if (!PROXY_PROTOCOLS.includes(options.proxy.url.protocol)) {
    throw new ProxyFailure('ERR_PROXY_INVALID_CONFIG', options.proxy.url.host);
  }
  return new Tunnel(options);
}

class Tunnel extends HttpsAgent {
  readonly #options: TunnelOptions;
  #connectRequest: ClientRequest | undefined;

  constructor(options: TunnelOptions) {
    super({ keepAlive: false, maxSockets: Infinity });
    this.#options = options;
  }

  /** Calls `opened` with a socket on which TLS begins, or with a `ProxyFailure`. */
  override createConnection(target: RequestOptions, opened: Opened): undefined {
    const { proxy, secureContext, connectTimeoutMs } = this.#options;
    const { host } = proxy.url;
    const request = this.#ask(`${bracketed(target.host ?? '')}:${target.port ?? 443}`);
    this.#connectRequest = request;
    const timer = setTimeout(() => {
      request.destroy(new ProxyFailure('ETIMEDOUT', host));
    }, connectTimeoutMs);
    request.once('close', () => {
      clearTimeout(timer);
    });
    request.once('error', (error) => {
      opened(error instanceof ProxyFailure ? error : new ProxyFailure(codeOf(error), host));
    });
    request.once('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
      clearTimeout(timer);
      this.#connectRequest = undefined;
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        opened(new ProxyFailure('ERR_PROXY_TUNNEL', host, statusCode));
        return;
      }
      socket.unshift(head);
      opened(null, connectTls({ ...tlsOptions(target), ...definedOnly({ secureContext }), socket }));
    });
    request.end();
    return undefined;
  }

  /** Also ends a connection that is still being made, of which an agent does not know. */
  override destroy(): void {
    this.#connectRequest?.destroy();
    super.destroy();
  }

  #ask(target: string): ClientRequest {
    const { proxy, proxyContext, connectOptions } = this.#options;
    const { protocol, hostname, port } = proxy.url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const isSecure = protocol === 'https:';
    // Else `node:https` would take the name of the target, which is what the header `host` has.
    const tls = isSecure
      ? {
          servername: isIP(host) === 0 ? host : '',
          ALPNProtocols: ['http/1.1'],
          ...definedOnly({ secureContext: proxyContext }),
        }
      : {};
    return (isSecure ? askHttps : askHttp)({
      method: 'CONNECT',
      host,
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
      path: target,
      headers: definedOnly({ host: target, 'proxy-authorization': proxy.authorization }),
      agent: false,
      ...tls,
      ...connectOptions,
    });
  }
}

/** What TLS needs to know of the server: `servername` where it has a name, `host` to check its certificate. */
function tlsOptions({ host, servername }: RequestOptions): { host?: string; servername?: string } {
  return definedOnly({ host: host ?? undefined, servername });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function codeOf(failure: Error): string {
  const code = 'code' in failure ? failure.code : undefined;
  return typeof code === 'string' ? code : 'ECONNRESET';
}
