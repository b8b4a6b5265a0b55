import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { skip } from '../../testing/skip';
import { describeTransports } from '../../testing/transports';
import { STREAM, StubService, closed, failureOf, json, never } from './stub-service';
import { sendWithoutEnd } from '../../testing/endless-answer';

const NOW = { StartSelectorType: 'NOW' } as const;

describeTransports('KinesisVideoService: failures of the network', (mediaTransport) => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService(mediaTransport).listen();
  });
  afterEach(() => stub.close());

  describe('on a network that fails', () => {
    it('names a refused connection', async () => {
      const error = await failureOf(
        stub.service({ endpoint: `http://127.0.0.1:${await refusingPort()}` }).resolveEndpoint(STREAM, never),
      );
      assert.equal(error.networkCode, 'ECONNREFUSED');
      assert.equal(error.operation, 'GetDataEndpoint');
    });

    it('names a refused connection on every address of a host', async () => {
      const error = await failureOf(
        stub.service({ endpoint: `http://localhost:${await refusingPort()}` }).resolveEndpoint(STREAM, never),
      );
      assert.equal(error.ErrorType, 'NetworkError');
      assert.equal(error.networkCode, 'ECONNREFUSED');
    });

    it('names a failed look-up and the host', async () => {
      const endpoint = 'https://kinesisvideo.no-such-region-1.invalid';
      const error = await failureOf(stub.service({ endpoint }).resolveEndpoint(STREAM, never));
      assert.match(error.networkCode ?? '', /^(ENOTFOUND|EAI_AGAIN)$/);
      assert.match(error.message, /at kinesisvideo\.no-such-region-1\.invalid/);
    });

    it('does not read an answer without end, and frees the socket', async () => {
      stub.answers.set('/listStreams', (response) => {
        response.writeHead(200);
        sendWithoutEnd(response, '{'.padEnd(65_536));
      });
      const failing = failureOf(stub.service().listStreams());
      const { socket } = await stub.received('/listStreams');
      const { networkCode, ErrorType } = await failing;
      assert.deepEqual([networkCode, ErrorType], [undefined, 'AnswerTooLarge']);
      await closed(socket);
    });

    it('does not wait without end for an answer that comes byte by byte, and frees the socket', async () => {
      stub.answers.set('/listStreams', (response) => {
        response.on('error', () => undefined);
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => {
          clearInterval(timer);
        });
      });
      const failing = failureOf(stub.service({ timeouts: { answerMs: 200 } }).listStreams());
      const { socket } = await stub.received('/listStreams');
      const { networkCode, ErrorType } = await failing;
      assert.deepEqual([networkCode, ErrorType], ['ETIMEDOUT', 'NetworkError']);
      await closed(socket);
    });

    it('names a break where an answer asks for another protocol', async () => {
      stub.answers.set('/listStreams', (_response, { socket }) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
      });
      const error = await failureOf(stub.service().listStreams());
      assert.equal(error.networkCode, 'ECONNRESET');
    });

    it('names a break in the middle of an answer', async () => {
      stub.answers.set('/listStreams', (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{', () => response.destroy());
      });
      const error = await failureOf(stub.service().listStreams());
      assert.equal(error.ErrorType, 'NetworkError');
      assert.equal(error.networkCode, 'ECONNRESET');
    });

    it('names failed TLS', async () => {
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `https://127.0.0.1:${stub.port}` }));
      const error = await failureOf(stub.service().getMedia(STREAM, NOW, never));
      assert.equal(error.ErrorType, 'NetworkError');
      assert.match(error.networkCode ?? '', /^(EPROTO|ERR_SSL_\w+|ECONNRESET)$/);
      assert.equal(error.operation, 'GetMedia');
    });

    it('names a certificate that is not trusted', async function () {
      const certificate = await selfSigned();
      if (certificate === undefined) {
        skip(this, 'no openssl');
      }
      const server = createTlsServer(certificate).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `https://127.0.0.1:${port}` }));
      const error = await failureOf(stub.service().getMedia(STREAM, NOW, never));
      server.close();
      assert.equal(error.networkCode, 'DEPTH_ZERO_SELF_SIGNED_CERT');
      assert.match(error.message, /certificate that no trusted CA has signed came from the server at 127/);
    });
  });
});

/** Undefined where there is no openssl to make one. */
async function selfSigned(): Promise<{ key: string; cert: string } | undefined> {
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-days', '2'];
  try {
    const { stdout } = await promisify(execFile)('openssl', [...args, '-keyout', '-']);
    const [key = '', cert = ''] = stdout.split(/(?=-----BEGIN CERTIFICATE)/);
    return { key, cert };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** A port at which nobody listens. */
async function refusingPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
