import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:https';
import { inspect, promisify } from 'node:util';
import type { KinesisVideoError, KinesisVideoService } from '../../src/kinesis-video';
import { describeTransports } from '../../testing/transports';
import type { Answer } from './stub-service';
import { KEYS, STREAM, StubService, failureOf, json, never, reply, silence } from './stub-service';
import { skip } from '../../testing/skip';

const NOW = { StartSelectorType: 'NOW' } as const;
const ARN = 'arn:aws-cn:kinesisvideo:cn-north-1:123456789012:stream/front-door/1500000000000';

describeTransports('KinesisVideoService', (mediaTransport) => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService(mediaTransport).listen();
    stub.answers.set('/getMedia', reply(200, ''));
  });
  afterEach(() => stub.close());

  describe('GetResources', () => {
    const variable = 'AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API';
    let before: string | undefined;
    beforeEach(() => {
      before = process.env[variable];
      process.env[variable] = stub.url;
    });
    afterEach(() => {
      if (before === undefined) {
        Reflect.deleteProperty(process.env, variable);
      } else {
        process.env[variable] = before;
      }
    });
    const tags = [{ key: 'site', value: 'north' }];

    it('asks page by page for streams with the tags, signed for the Tagging API', async () => {
      stub.answers.set('/', (response, { text }) => {
        const { PaginationToken } = JSON.parse(text) as { PaginationToken: string };
        const first = {
          ResourceTagMappingList: [{ ResourceARN: 'arn:1' }, {}, null],
          PaginationToken: 'next',
        };
        const last = { ResourceTagMappingList: [{ ResourceARN: 'arn:2' }], PaginationToken: '' };
        response.end(JSON.stringify(PaginationToken === 'next' ? last : first));
      });
      assert.deepEqual(await stub.service().streamsWithTags(tags), ['arn:1', 'arn:2']);
      const [request] = stub.to('/');
      assert.deepEqual(JSON.parse(request?.text ?? ''), {
        ResourceTypeFilters: ['kinesisvideo:stream'],
        TagFilters: [{ Key: 'site', Values: ['north'] }],
        ResourcesPerPage: 100,
        PaginationToken: '',
      });
      const { headers } = request ?? assert.fail();
      assert.equal(headers['x-amz-target'], 'ResourceGroupsTaggingAPI_20170126.GetResources');
      assert.equal(headers['content-type'], 'application/x-amz-json-1.1');
      assert.match(headers.authorization ?? '', /\/eu-west-1\/tagging\/aws4_request/);
    });

    it('fails with the name and the words of a refusal', async () => {
      stub.answers.set(
        '/',
        json(400, { __type: 'AccessDeniedException', Message: 'not you' }, { 'x-amzn-requestid': 'r1' }),
      );
      const error = await failureOf(stub.service().streamsWithTags(tags));
      assert.deepEqual(
        [error.ErrorType, error.operation, error.statusCode, error.RequestId],
        ['AccessDeniedException', 'GetResources', 400, 'r1'],
      );
      assert.match(error.message, /not you/);
    });

    it('is not asked for an endpoint that has no such service beside it', async () => {
      Reflect.deleteProperty(process.env, variable);
      assert.equal(await stub.service().streamsWithTags(tags), undefined);
      assert.deepEqual(stub.requests, []);
    });
  });

  describe('ListTagsForStream', () => {
    it('reads all pages', async () => {
      stub.answers.set('/listTagsForStream', (response, { text }) => {
        const { NextToken } = JSON.parse(text) as { NextToken?: string };
        response.end(
          JSON.stringify(
            NextToken === undefined ? { Tags: { a: '1' }, NextToken: 'n' } : { Tags: { b: '2' } },
          ),
        );
      });
      const tags = await stub.service().listTagsForStream(STREAM);
      assert.deepEqual(
        [...tags],
        [
          ['a', '1'],
          ['b', '2'],
        ],
      );
    });
  });

  describe('ListStreams', () => {
    const page = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        StreamName: `s${from + index}`,
        StreamARN: `arn:aws:kinesisvideo:eu-west-1:1:stream/s${from + index}/1`,
        MediaType: null,
        CreationTime: 1.720751492346e9,
      }));

    it('asks page by page, always with MaxResults, and stops at the limit', async () => {
      stub.answers.set('/listStreams', (response, { text }) => {
        const { NextToken } = JSON.parse(text) as { NextToken?: string };
        const from = NextToken === undefined ? 0 : Number(NextToken);
        response.end(JSON.stringify({ StreamInfoList: page(from, 4), NextToken: String(from + 4) }));
      });
      const streams = await stub.service().listStreams({ prefix: 's', limit: 10 });
      assert.deepEqual(
        streams.map(({ StreamName }) => StreamName),
        Array.from({ length: 10 }, (_, index) => `s${index}`),
      );
      const condition = { ComparisonOperator: 'BEGINS_WITH', ComparisonValue: 's' };
      assert.deepEqual(
        stub.to('/listStreams').map(({ text }) => JSON.parse(text) as unknown),
        [
          { MaxResults: 10, StreamNameCondition: condition },
          { MaxResults: 6, NextToken: '4', StreamNameCondition: condition },
          { MaxResults: 2, NextToken: '8', StreamNameCondition: condition },
        ],
      );
    });

    it('reads everything where there is no limit, also past an empty page', async () => {
      const pages = [
        { StreamInfoList: page(0, 2), NextToken: 'a' },
        { StreamInfoList: [], NextToken: 'b' },
        { StreamInfoList: page(2, 1), NextToken: null },
      ];
      stub.answers.set('/listStreams', (response, request) => {
        json(200, pages.shift())(response, request);
      });
      const streams = await stub.service().listStreams();
      assert.equal(streams.length, 3);
      assert.deepEqual(JSON.parse(stub.to('/listStreams')[0]?.text ?? ''), { MaxResults: 1000 });
    });

    it('does not go round in circles on a token that repeats', async () => {
      stub.answers.set('/listStreams', json(200, { StreamInfoList: page(0, 1), NextToken: 'same' }));
      assert.equal((await stub.service().listStreams()).length, 2);
    });

    it('makes no call for none', async () => {
      assert.deepEqual(await stub.service().listStreams({ limit: 0 }), []);
      assert.equal(stub.requests.length, 0);
    });

    it("gives the API's members, times in ms, and leaves out what is null", async () => {
      const body =
        '{"StreamInfoList":[{"DeviceName":null,"StreamName":"front-door","StreamARN":"a","MediaType":"video/h264","KmsKeyId":"k","Version":"v","Status":"ACTIVE","CreationTime":1.720751492346E9,"DataRetentionInHours":0,"IngestionConfiguration":null}],"NextToken":null}';
      stub.answers.set('/listStreams', reply(200, body, { 'content-type': 'application/json' }));
      assert.deepEqual(await stub.service().listStreams(), [
        {
          StreamName: 'front-door',
          StreamARN: 'a',
          Status: 'ACTIVE',
          MediaType: 'video/h264',
          DataRetentionInHours: 0,
          CreationTime: 1720751492346,
          KmsKeyId: 'k',
        },
      ]);
    });
  });

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
          response.on('error', () => undefined);
          const block = 'x'.repeat(65_536);
          const more = (): void => {
            if (!response.destroyed) {
              response.write(block, more);
            }
          };
          response.writeHead(500);
          more();
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
        response.on('error', () => undefined);
        const block = '{'.padEnd(65_536);
        const more = (): void => {
          if (!response.destroyed) {
            response.write(block, more);
          }
        };
        response.writeHead(200);
        more();
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

  describe('data endpoint', () => {
    const media = async (service: KinesisVideoService) => {
      (await service.getMedia(STREAM, NOW, never)).close();
    };

    it('is asked for once per stream, a name and an ARN being two', async () => {
      const service = stub.service();
      await media(service);
      await media(service);
      assert.equal(await service.resolveEndpoint(STREAM, never), stub.url);
      assert.equal(stub.to('/getDataEndpoint').length, 1);
      await service.resolveEndpoint({ StreamName: 'front-door', StreamARN: ARN }, never);
      await service.resolveEndpoint({ StreamName: 'back-door' }, never);
      assert.equal(stub.to('/getDataEndpoint').length, 3);
    });

    it('is another one for each API', async () => {
      stub.answers.set('/getDataEndpoint', (response, request) => {
        const { APIName } = JSON.parse(request.text) as { APIName: string };
        json(200, { DataEndpoint: `${stub.url}/${APIName}` })(response, request);
      });
      const service = stub.service();
      const APINames = ['GET_MEDIA', 'LIST_FRAGMENTS', 'GET_MEDIA_FOR_FRAGMENT_LIST'] as const;
      const resolve = () =>
        Promise.all(APINames.map((APIName) => service.resolveEndpoint(STREAM, never, APIName)));
      const expected = APINames.map((APIName) => `${stub.url}/${APIName}`);
      assert.deepEqual(await resolve(), expected);
      assert.deepEqual(await resolve(), expected);
      assert.equal(stub.to('/getDataEndpoint').length, 3);
      service.forgetEndpoint(STREAM);
      assert.deepEqual(await resolve(), expected);
      assert.equal(stub.to('/getDataEndpoint').length, 6);
    });

    it('is kept for 45 minutes, and no longer', async () => {
      let now = 1_000_000;
      const service = stub.service({ clock: { now: () => now, monotonic: () => now } });
      await media(service);
      now += 45 * 60_000 - 1;
      await media(service);
      assert.equal(stub.to('/getDataEndpoint').length, 1);
      now += 1;
      await media(service);
      assert.equal(stub.to('/getDataEndpoint').length, 2);
    });

    it('is asked for anew after it was forgotten, also while a call is under way', async () => {
      const service = stub.service();
      await media(service);
      service.forgetEndpoint(STREAM);
      const first = service.resolveEndpoint(STREAM, never);
      service.forgetEndpoint(STREAM);
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `${stub.url}/new` }));
      await Promise.all([first, service.resolveEndpoint(STREAM, never)]);
      assert.equal(stub.to('/getDataEndpoint').length, 3);
      assert.equal(await service.resolveEndpoint(STREAM, never), `${stub.url}/new`);
    });

    it('is shared by callers at the same time, and one who gives up does not disturb the others', async () => {
      let answer = (): void => undefined;
      stub.answers.set('/getDataEndpoint', (response, request) => {
        answer = () => {
          json(200, { DataEndpoint: stub.url })(response, request);
        };
      });
      const service = stub.service();
      const impatient = new AbortController();
      const first = service.resolveEndpoint(STREAM, impatient.signal);
      const second = service.resolveEndpoint(STREAM, never);
      await stub.received('/getDataEndpoint');
      impatient.abort();
      await assert.rejects(first, { name: 'AbortError' });
      const third = service.resolveEndpoint(STREAM, never);
      answer();
      assert.deepEqual(await Promise.all([second, third]), [stub.url, stub.url]);
      assert.equal(stub.to('/getDataEndpoint').length, 1);
    });

    it('is asked for again by the next caller when everyone has given up', async () => {
      stub.answers.set('/getDataEndpoint', silence);
      const service = stub.service();
      const impatient = new AbortController();
      const first = service.resolveEndpoint(STREAM, impatient.signal);
      const { socket } = await stub.received('/getDataEndpoint');
      impatient.abort();
      await assert.rejects(first);
      await closed(socket);
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: stub.url }));
      assert.equal(await service.resolveEndpoint(STREAM, never), stub.url);
    });

    it('is not kept when asking failed', async () => {
      stub.answers.set(
        '/getDataEndpoint',
        json(400, {}, { 'x-amzn-ErrorType': 'ClientLimitExceededException' }),
      );
      const service = stub.service();
      await failureOf(service.resolveEndpoint(STREAM, never));
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: stub.url }));
      assert.equal(await service.resolveEndpoint(STREAM, never), stub.url);
    });

    for (const DataEndpoint of ['http://media.example.com', 'ftp://127.0.0.1', 'not a url', '', undefined]) {
      it(`is refused when it is ${JSON.stringify(DataEndpoint)}`, async () => {
        stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint }));
        const error = await failureOf(stub.service().getMedia(STREAM, NOW, never));
        assert.equal(error.ErrorType, 'InvalidEndpoint');
        assert.equal(error.operation, 'GetDataEndpoint');
        assert.equal(stub.to('/getMedia').length, 0);
      });
    }
  });

  it('loads nothing of the SDK before the first call', async () => {
    const script = `
      const { KinesisVideoService } = require('./src/kinesis-video');
      new KinesisVideoService(${JSON.stringify({ region: 'eu-west-1', credentials: KEYS })}).close();
      const loaded = Object.keys(require.cache).filter((name) => /@(aws-sdk|smithy)/.test(name));
      process.stdout.write(JSON.stringify(loaded));`;
    const cwd = path.resolve(__dirname, '../..');
    const { stdout } = await promisify(execFile)(process.execPath, ['-r', 'tsx/cjs', '-e', script], { cwd });
    assert.equal(stdout, '[]');
  });
});

const hangUp: Answer = (response) => {
  response.destroy();
};

const echo: Answer = (response, { headers }) => {
  response.writeHead(403).end(JSON.stringify({ Message: JSON.stringify(headers) }));
};

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

function closed(socket: {
  readonly destroyed: boolean;
  once(event: 'close', done: () => void): unknown;
}): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve();
    } else {
      socket.once('close', resolve);
    }
  });
}
