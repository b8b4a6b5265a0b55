import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type SecureContext } from 'node:tls';
import type { StreamedResponse } from '../../src/http';
import { SocketTransport, type SocketTransportOptions } from '../../src/http/socket-transport';
import { CertificateAuthority, skipWithoutOpenssl } from '../../testing/certificates';
import { deafServer } from '../../testing/deaf-server';
import { skip } from '../../testing/skip';

const HEAD = 'HTTP/1.1 200 OK\r\n';
const trustIn =
  ({ cert }: CertificateAuthority) =>
  (): SecureContext =>
    createSecureContext({ ca: cert });
const MB = 1024 * 1024;
const OFFERED = 64 * MB;

/** Everything of the body, and how it was over. */
async function bodyOf(response: StreamedResponse): Promise<{ text: string; outcome: string }> {
  const parts: Buffer[] = [];
  const outcome = await new Promise<string>((resolve) => {
    response.read({
      bytes: (slice) => parts.push(Buffer.from(slice)),
      ended: () => {
        resolve('end');
      },
      failed: (error) => {
        resolve('code' in error ? String(error.code) : error.message);
      },
    });
  });
  return { text: Buffer.concat(parts).toString('latin1'), outcome };
}

describe('SocketTransport', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0).reverse()) {
      end();
    }
  });

  /** What the server was told, and the sockets that it has. */
  const seen = { text: '', sockets: [] as Socket[] };
  const listen = async (server: Server, answer: (socket: Socket) => void): Promise<number> => {
    seen.text = '';
    seen.sockets = [];
    server.on('connection', (socket: Socket) => {
      seen.sockets.push(socket);
      socket.on('error', () => undefined);
    });
    server.on(
      server.listenerCount('tlsClientError') > 0 ? 'secureConnection' : 'connection',
      (socket: Socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (data) => {
          const before = seen.text.includes('\r\n\r\n');
          seen.text += data.toString();
          if (!before && seen.text.includes('\r\n\r\n')) {
            answer(socket);
          }
        });
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => {
      server.close();
      seen.sockets.forEach((socket) => socket.destroy());
    });
    return (server.address() as AddressInfo).port;
  };
  const send = (
    port: number,
    options: Partial<SocketTransportOptions> & {
      readonly secure?: boolean;
      readonly signal?: AbortSignal;
      readonly transport?: SocketTransport;
    } = {},
    headers: Record<string, string> = {},
  ): Promise<StreamedResponse> => {
    const { secure = false, signal: abortSignal = new AbortController().signal, ...rest } = options;
    const transport = options.transport ?? new SocketTransport({ connectTimeoutMs: 5_000, ...rest });
    ends.push(() => {
      transport.close();
    });
    const request = {
      ...{ method: 'POST', protocol: secure ? 'https:' : 'http:', hostname: '127.0.0.1', port },
      ...{
        path: '/getMedia',
        query: {},
        headers: { host: 'x', 'content-length': '2', ...headers },
        body: '{}',
      },
    };
    return transport.send(request, { abortSignal });
  };

  const answers = {
    'chunks with extensions and trailers behind answers 1xx': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n3;a="b"\r\nmed\r\n2\r\nia\r\n0\r\nX: y\r\n\r\n`,
    'a counted body': `${HEAD}Content-Length: 5\r\n\r\nmediaand more`,
    'a body up to the close': `${HEAD}\r\nmedia`,
  };
  for (const [what, answer] of Object.entries(answers)) {
    it(`reads ${what}, sent byte by byte`, async () => {
      const port = await listen(createServer(), (socket) => {
        socket.setNoDelay(true);
        let at = 0;
        const next = (): void => {
          if (at < answer.length) {
            socket.write(answer.slice(at, ++at), 'latin1', next);
          } else {
            socket.end();
          }
        };
        next();
      });
      const reply = await send(port);
      assert.equal(reply.statusCode, 200);
      assert.deepEqual(await bodyOf(reply), { text: 'media', outcome: 'end' });
      assert.equal(seen.text.split('\r\n')[0], 'POST /getMedia HTTP/1.1');
      assert.match(seen.text, /\r\nconnection: close\r\n/);
    });
  }

  for (const [where, answer] of Object.entries({
    'in the size of a chunk': `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nmedia\r\n1`,
    'in a chunk': `${HEAD}Transfer-Encoding: chunked\r\n\r\nf\r\nmedia`,
    'in a counted body': `${HEAD}Content-Length: 50\r\n\r\nmedia`,
  })) {
    it(`gives what came and fails where the connection is closed ${where}`, async () => {
      const port = await listen(createServer(), (socket) => socket.end(answer));
      assert.deepEqual(await bodyOf(await send(port)), { text: 'media', outcome: 'ECONNRESET' });
    });
  }

  for (const pause of ['at once', 'a turn later'] as const) {
    it(`gives nothing while it is paused, then the rest in order and the end last, resumed ${pause}`, async () => {
      const letters = Array.from('abcdefgh');
      const chunks = letters.map((letter) => `1\r\n${letter}\r\n`).join('');
      const port = await listen(createServer(), (socket) =>
        socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`),
      );
      const response = await send(port);
      const said: string[] = [];
      await new Promise<void>((resolve) => {
        response.read({
          bytes: (slice) => {
            said.push(slice.toString());
            response.pause();
            const before = said.length;
            const resume = (): void => {
              assert.equal(said.length, before);
              response.resume();
              assert.equal(said.length, before, 'not from within resume()');
            };
            if (pause === 'at once') {
              process.nextTick(resume);
            } else {
              setImmediate(() => setImmediate(resume));
            }
          },
          ended: () => {
            said.push('end');
            resolve();
          },
          failed: (error) => {
            said.push(error.message);
            resolve();
          },
        });
      });
      assert.deepEqual(said, [...letters, 'end']);
    });
  }

  it('refuses a head that is none, and frees the socket', async () => {
    const port = await listen(createServer(), (socket) => socket.write('<html>\r\n'));
    await assert.rejects(send(port), { code: 'HPE_INVALID_CONSTANT' });
    await once(seen.sockets[0] ?? assert.fail(), 'close');
  });

  it('sends nothing at all where a header would end early', async () => {
    const port = await listen(createServer(), () => undefined);
    await assert.rejects(send(port, {}, { 'x-token': 'a\r\nb: c' }), { code: 'ERR_INVALID_CHAR' });
    assert.equal(seen.sockets.length, 0);
  });

  it('lets the event loop turn when what has come takes long, however much there is of it, over all connections of all transports', async () => {
    const port = await listen(createServer(), (socket) => {
      socket.write(`${HEAD}Content-Length: ${MB}\r\n\r\n`);
      socket.write(Buffer.alloc(MB));
    });
    // Each slice takes half a turn.
    let now = 0;
    performance.now = () => now;
    // The one of its prototype is the real one.
    ends.push(() => Reflect.deleteProperty(performance, 'now'));
    // Each with a transport of its own, as accounts have.
    const responses = [await send(port)];
    seen.text = '';
    responses.push(await send(port));
    const slices = [0];
    const turn = (): void => {
      slices.push(0);
      immediate = setImmediate(turn);
    };
    let immediate = setImmediate(turn);
    const written = (): number => seen.sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    // Until the kernel has what it takes.
    for (let before = -1; before !== written() || slices.length < 50;) {
      before = written();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const ended = responses.map(
      (response) =>
        new Promise<void>((resolve, reject) => {
          response.read({
            bytes: () => {
              now += 0.5;
              slices.push((slices.pop() ?? 0) + 1);
            },
            ended: resolve,
            failed: reject,
          });
        }),
    );
    await Promise.all(ended);
    clearImmediate(immediate);
    // The fifth slice finds that the turn is over, and so does the next one of the other connection.
    assert.ok(Math.max(...slices) <= 6, `${Math.max(...slices)} slices in a turn`);
  });

  it('continues the TLS session of the call before to the same host', async function () {
    skipWithoutOpenssl(this);
    const authority = new CertificateAuthority('session');
    const server = createTlsServer(authority.issue('server', ['127.0.0.1']));
    server.on('tlsClientError', () => undefined);
    const reused: boolean[] = [];
    server.on('secureConnection', (socket) => reused.push(socket.isSessionReused()));
    const port = await listen(server, (socket) => socket.end(`${HEAD}Content-Length: 5\r\n\r\nmedia`));
    const transport = new SocketTransport({ connectTimeoutMs: 5_000, tlsContext: trustIn(authority) });
    for (let call = 0; call < 3; call += 1) {
      seen.text = '';
      const { text } = await bodyOf(await send(port, { transport, secure: true }));
      assert.equal(text, 'media');
    }
    assert.deepEqual(reused, [false, true, true]);
    // Another transport may trust others.
    const other = send(port, { transport: new SocketTransport({ connectTimeoutMs: 5_000 }), secure: true });
    await assert.rejects(other, { code: /CERT|SIGNATURE/ });
  });

  it('gives up where no connection comes about in time', async function () {
    if (process.platform !== 'linux') {
      skip(this, 'only Linux is known to drop what asks for a connection');
    }
    // Linux answers no further SYN once the queue of connections is full that a server has to accept.
    const { port, stop } = await deafServer();
    ends.push(stop);
    await assert.rejects(send(port, { connectTimeoutMs: 50 }), { code: 'ETIMEDOUT' });
  });

  for (const when of ['aborted before the head', 'closed after it'] as const) {
    it(`leaves neither socket nor listener behind, ${when}`, async () => {
      const asked = new Promise<Socket>((resolve) => {
        void listen(createServer(), resolve).then((port) => {
          pending = send(port, { signal: controller.signal });
          pending.catch(() => undefined);
        });
      });
      const controller = new AbortController();
      let pending: Promise<StreamedResponse> | undefined;
      const socket = await asked;
      const freed = once(socket, 'close');
      if (when === 'aborted before the head') {
        controller.abort();
        await assert.rejects(pending ?? assert.fail(), { code: 'ABORT_ERR' });
      } else {
        socket.write(`${HEAD}\r\nmedia`);
        (await (pending ?? assert.fail())).close();
      }
      await freed;
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    });
  }

  describe('over TLS', () => {
    let authority: CertificateAuthority;
    before(function () {
      skipWithoutOpenssl(this);
      authority = new CertificateAuthority();
    });
    after(() => {
      authority.remove();
    });
    const secure = async (names: readonly string[]): Promise<number> => {
      const { key, cert } = authority.issue('server', names);
      const server = createTlsServer({ key, cert });
      server.on('tlsClientError', () => undefined);
      return listen(server, (socket) => socket.end(`${HEAD}Content-Length: 5\r\n\r\nmedia`));
    };

    it('reads from a server of an authority that it was told to trust', async () => {
      const port = await secure(['127.0.0.1']);
      const reply = await send(port, { secure: true, tlsContext: trustIn(authority) });
      assert.deepEqual(await bodyOf(reply), { text: 'media', outcome: 'end' });
    });

    it('takes no more from the socket than a little while the body is paused', async () => {
      const { key, cert } = authority.issue('server', ['127.0.0.1']);
      const block = Buffer.alloc(MB, 7);
      let sent = 0;
      const server = createTlsServer({ key, cert });
      server.on('tlsClientError', () => undefined);
      const port = await listen(server, (socket) => {
        socket.write(`${HEAD}Content-Length: ${OFFERED}\r\n\r\n`);
        const write = (): void => {
          while (sent < OFFERED) {
            sent += MB;
            if (!socket.write(block)) {
              socket.once('drain', write);
              return;
            }
          }
        };
        write();
      });
      const response = await send(port, { secure: true, tlsContext: trustIn(authority) });
      let received = 0;
      const ended = new Promise<void>((resolve, reject) => {
        response.read({
          bytes: (slice) => {
            if (received === 0) {
              response.pause();
            }
            received += slice.length;
          },
          ended: resolve,
          failed: reject,
        });
      });
      for (let quiet = 0; quiet < 100;) {
        const before = sent;
        await new Promise((resolve) => setImmediate(resolve));
        quiet = sent === before ? quiet + 1 : 0;
      }
      assert.ok(received > 0 && received <= 64 * 1024, `${received} bytes`);
      // The rest is in the kernel.
      assert.ok(sent < OFFERED / 2, `${sent} bytes sent`);
      response.resume();
      await ended;
      assert.equal(received, OFFERED);
    });

    it('tells a server of an unknown authority nothing', async () => {
      const port = await secure(['127.0.0.1']);
      await assert.rejects(send(port, { secure: true }), /unable to verify|self.signed|local issuer/);
      await once(seen.sockets[0] ?? assert.fail(), 'close');
      assert.equal(seen.text, '');
    });

    it('tells a server of another name nothing', async () => {
      const port = await secure(['192.0.2.1']);
      await assert.rejects(send(port, { secure: true, tlsContext: trustIn(authority) }), {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      });
      await once(seen.sockets[0] ?? assert.fail(), 'close');
      assert.equal(seen.text, '');
    });
  });
});
