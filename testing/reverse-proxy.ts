/** A reverse proxy on loopback as people put it in front of Node-RED: it strips a path, and may end TLS. */
import { createServer as createHttpServer, request as forward, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { IssuedCertificate } from './certificates';

export interface ReverseProxyOptions {
  /** The address of what it stands in front of, such as `http://127.0.0.1:1880`. */
  readonly target: string;
  /** What it takes off the front of each path, such as `/house/flows`; nothing else is forwarded. */
  readonly strip: string;
  /** The headers that go on. */
  readonly headers: (incoming: IncomingHttpHeaders, target: string) => IncomingHttpHeaders;
  readonly tls?: IssuedCertificate;
}

export interface ReverseProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** As nginx with `proxy_set_header Host $host`, which leaves out the port. */
export function hostWithoutPort({ host = '', ...rest }: IncomingHttpHeaders): IncomingHttpHeaders {
  return { ...rest, host: host.replace(/:\d+$/, '') };
}

/** As Apache's `ProxyPass`. */
export function forwardedHost(
  { host = '', ...rest }: IncomingHttpHeaders,
  target: string,
): IncomingHttpHeaders {
  return { ...rest, host: new URL(target).host, 'x-forwarded-host': host };
}

export async function startReverseProxy(options: ReverseProxyOptions): Promise<ReverseProxy> {
  const { target, strip, tls } = options;
  const { hostname, port } = new URL(target);
  const pathOf = (url = ''): string | undefined =>
    url.startsWith(`${strip}/`) ? url.slice(strip.length) : undefined;
  const server = tls === undefined ? createHttpServer() : createHttpsServer({ key: tls.key, cert: tls.cert });
  server.on('request', (request, response) => {
    const path = pathOf(request.url);
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    const headers = options.headers(request.headers, target);
    const onward = forward({ hostname, port, path, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  // The editor's WebSocket, which the server does not count among its connections.
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    const headers = Object.entries(options.headers(request.headers, target));
    const onward = connect({ host: hostname, port: Number(port) }, () => {
      const lines = headers.map(([name, value]) => `${name}: ${[value ?? ''].flat().join(', ')}`);
      onward.write([`GET ${pathOf(request.url) ?? '/'} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const [one, other] of [
      [onward, socket],
      [socket, onward],
    ] as const) {
      upgraded.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        upgraded.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
        for (const socket of upgraded) {
          socket.destroy();
        }
      }),
  };
}
