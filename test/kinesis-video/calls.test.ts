import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { KinesisVideoError, KinesisVideoService } from '../../src/kinesis-video';
import { describeTransports } from '../../testing/transports';
import type { Answer } from './stub-service';
import { STREAM, StubService, closed, failureOf, json, never, reply, silence } from './stub-service';
import { sendWithoutEnd } from '../../testing/endless-answer';

const NOW = { StartSelectorType: 'NOW' } as const;

describeTransports('KinesisVideoService: calls that fail or are aborted', (mediaTransport) => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService(mediaTransport).listen();
  });
  afterEach(() => stub.close());

  const calls: readonly [string, string, (service: KinesisVideoService) => Promise<unknown>][] = [
    ['GetDataEndpoint', '/getDataEndpoint', (service) => service.resolveEndpoint(STREAM, never)],
    ['GetMedia', '/getMedia', (service) => service.getMedia(STREAM, NOW, never)],
    ['ListStreams', '/listStreams', (service) => service.listStreams({})],
  ];
  for (const [operation, at, call] of calls) {
    describe(`a failing ${operation}`, () => {
      const named = operation === 'ListStreams' ? operation : `${operation} for stream "front-door"`;
      const refusals = [
        {
          what: 'JSON',
          status: 404,
          headers: { 'x-amzn-ErrorType': 'ResourceNotFoundException:https://x/', 'x-amzn-RequestId': 'r-1' },
          body: '{"Message":"no such stream"}',
          expected: ['ResourceNotFoundException', 'r-1', ': "no such stream"'],
        },
        {
          what: 'the documented header names',
          status: 400,
          headers: { 'x-amz-ErrorType': 'ClientLimitExceededException', 'x-amz-RequestId': 'r-2' },
          body: '{}',
          expected: ['ClientLimitExceededException', 'r-2', '.'],
        },
        {
          what: 'XML',
          status: 403,
          headers: { 'x-amzn-RequestId': 'r-3' },
          body: '<AccessDeniedException>\n  <Message>Unable to determine service</Message>\n</AccessDeniedException>',
          expected: ['AccessDeniedException', 'r-3', ': "Unable to determine service"'],
        },
        {
          what: 'HTML',
          status: 502,
          headers: {},
          body: '<html><head><title>Bad Gateway</title></head></html>',
          expected: ['ServiceUnavailable', null, ': "Bad Gateway"'],
        },
        {
          what: 'an empty body',
          status: 503,
          headers: {},
          body: '',
          expected: ['ServiceUnavailable', null, '.'],
        },
        {
          what: 'a redirection',
          status: 302,
          headers: { location: 'http://x/' },
          body: '',
          expected: ['UnknownError', null, '.'],
        },
      ] as const;
      for (const { what, status, headers, body, expected } of refusals) {
        it(`reads ${what}`, async () => {
          stub.answers.set(at, reply(status, body, { ...headers, date: 'Tue, 03 Nov 2026 10:00:00 GMT' }));
          const error = await failureOf(call(stub.service()));
          const [ErrorType, RequestId, end] = expected;
          assert.deepEqual(JSON.parse(JSON.stringify(error)), {
            name: 'KinesisVideoError',
            code: ErrorType,
            ErrorType,
            RequestId,
            statusCode: status,
            operation,
            serverTime: Date.UTC(2026, 10, 3, 10),
          });
          const said: string = ErrorType === 'UnknownError' ? 'an answer from another server' : ErrorType;
          assert.equal(error.message, `${named} failed with ${said} (HTTP ${status})${end}`);
          assert.equal(stub.to(at).length, 1, 'it is not tried again');
        });
      }

      it('says what broke on the network', async () => {
        stub.answers.set(at, hangUp);
        const error = await failureOf(call(stub.service()));
        assert.equal(error.ErrorType, 'NetworkError');
        assert.equal(error.networkCode, 'ECONNRESET');
        assert.equal(error.statusCode, null);
        assert.equal(error.RequestId, null);
        const { host } = new URL(stub.url);
        assert.equal(error.message, `${named} failed: the connection broke at ${host} (ECONNRESET).`);
        assert.ok(error.cause instanceof Error);
      });

      it('gives up when no head comes, and frees the socket', async () => {
        stub.answers.set(at, silence);
        // The time runs from the beginning of the call: on a busy machine a short one ends before anything is sent.
        let error: KinesisVideoError | undefined;
        for (let answerMs = 50; stub.to(at).length === 0; answerMs *= 2) {
          error = await failureOf(call(stub.service({ timeouts: { answerMs } })));
        }
        assert.equal(error?.ErrorType, 'NetworkError');
        assert.equal(error.networkCode, 'ETIMEDOUT');
        assert.equal(error.operation, operation);
        const { socket } = await stub.received(at);
        await closed(socket);
      });

      it("does not wait for the end of an error's body", async () => {
        stub.answers.set(at, (response) => {
          response.writeHead(503, { 'x-amzn-ErrorType': 'ServiceUnavailable' });
          response.write('{"Message":"never ends');
        });
        const failing = failureOf(call(stub.service({ timeouts: { errorBodyMs: 50 } })));
        const { socket } = await stub.received(at);
        assert.equal((await failing).ErrorType, 'ServiceUnavailable');
        await closed(socket);
      });

      it("does not read an error's body without end", async () => {
        stub.answers.set(at, (response) => {
          response.writeHead(500);
          sendWithoutEnd(response, 'x'.repeat(65_536));
        });
        const error = await failureOf(call(stub.service({ timeouts: { errorBodyMs: 15_000 } })));
        assert.equal(error.ErrorType, 'InternalFailure');
      });

      it('never shows a secret', async () => {
        const secrets = {
          accessKeyId: 'canary.id.0001',
          secretAccessKey: 'canary-secret',
          sessionToken: 'canary token',
        };
        const answers = [
          reply(403, `{"Message":"Canonical String: ${secrets.sessionToken} ${secrets.secretAccessKey}"}`),
          reply(403, `<E><Message>${secrets.accessKeyId}: ${secrets.secretAccessKey}</Message></E>`),
          reply(200, `<html>${secrets.secretAccessKey}`, { 'content-type': 'text/html' }),
          echo,
          hangUp,
          silence,
        ];
        const service = stub.service({
          credentials: { kind: 'keys', ...secrets },
          timeouts: { answerMs: 200 },
        });
        for (const answer of answers) {
          stub.answers.set(at, answer);
          const error: unknown = await call(service).catch((failure: unknown) => failure);
          if (error instanceof Error) {
            const shown = `${error.message} ${String(error.stack)} ${JSON.stringify(error)} ${inspect(error, { depth: 9, showHidden: true })}`;
            assert.doesNotMatch(shown, /canary|[0-9a-f]{64}/);
          }
        }
        assert.ok(stub.to(at).every(({ headers }) => headers['x-amz-security-token'] === 'canary token'));
      });

      it("rejects with the signal's reason when aborted, at once, frees the socket and leaves no listener", async () => {
        if (operation === 'ListStreams') {
          return;
        }
        stub.answers.set(at, silence);
        const controller = new AbortController();
        const service = stub.service();
        const { signal } = controller;
        const pending =
          operation === 'GetMedia'
            ? service.getMedia(STREAM, NOW, signal)
            : service.resolveEndpoint(STREAM, signal);
        const { socket } = await stub.received(at);
        const reason = new Error('stopped by the user');
        controller.abort(reason);
        await assert.rejects(pending, (error) => error === reason);
        await closed(socket);
        assert.equal(getEventListeners(signal, 'abort').length, 0);
        await assert.rejects(service.getMedia(STREAM, NOW, signal), (error) => error === reason);
      });

      it('is ended by closing the service object', async () => {
        stub.answers.set(at, silence);
        const service = stub.service();
        const pending = assert.rejects(call(service), { name: 'AbortError' });
        const { socket } = await stub.received(at);
        service.close();
        await pending;
        await closed(socket);
        await assert.rejects(call(service), { name: 'AbortError' });
      });
    });
  }

  it('leaves no listener on the signal of a GetMedia that succeeded, and no more heeds it', async () => {
    stub.answers.set('/getMedia', (response) => {
      response.writeHead(200).flushHeaders();
    });
    const controller = new AbortController();
    const media = await stub.service().getMedia(STREAM, NOW, controller.signal);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    media.close();
  });

  it('aborts while it connects', async () => {
    // A server whose queue of connections is not taken up never completes the TLS handshake.
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `https://127.0.0.1:${port}` }));
    const controller = new AbortController();
    const accepted = once(mute, 'connection');
    const pending = stub.service().getMedia(STREAM, NOW, controller.signal);
    await accepted;
    controller.abort();
    await assert.rejects(pending, { name: 'AbortError' });
    mute.close();
  });
});

const hangUp: Answer = (response) => {
  response.destroy();
};

const echo: Answer = (response, { headers }) => {
  response.writeHead(403).end(JSON.stringify({ Message: JSON.stringify(headers) }));
};
