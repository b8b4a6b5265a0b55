import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock';
import type { KinesisVideoServiceOptions, MediaResponse } from '../../src/kinesis-video';
import { KinesisVideoService } from '../../src/kinesis-video';
import type { StartSelector } from '../../src/options';
import type { SimulatorOptions } from '../../src/simulator';
import { Simulator } from '../../src/simulator';
import { describeTransports } from '../../testing/transports';
import { failureOf, never } from './stub-service';

const STREAM = { StreamName: 'front-door' };
const NOW: StartSelector = { StartSelectorType: 'NOW' };

/** The simulator checks signatures, selectors and limits by code of its own. */
describeTransports('the service calls against the simulator', (mediaTransport) => {
  const ends: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) {
      await end();
    }
  });

  const start = async (options: SimulatorOptions = {}): Promise<Simulator> => {
    const simulator = new Simulator({ seed: 7, callsPerSecond: 1000, idleEndMs: 50, ...options });
    for (const name of ['front-door', 'front-gate', 'yard']) {
      simulator.addStream({ name, live: false, prefillMs: 10_000 });
    }
    await simulator.start();
    ends.push(() => simulator.stop());
    return simulator;
  };
  const connect = (simulator: Simulator, options: Partial<KinesisVideoServiceOptions> = {}) => {
    const service = new KinesisVideoService({
      region: 'us-east-1',
      credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
      endpoint: simulator.endpoint,
      mediaTransport,
      ...options,
    });
    ends.push(() => {
      service.close();
    });
    return service;
  };
  const readAll = (media: MediaResponse): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      media.read({
        bytes: (slice) => parts.push(Buffer.from(slice)),
        ended: () => {
          resolve(Buffer.concat(parts));
        },
        failed: reject,
      });
    });

  it('list and open a stream by name and by ARN', async () => {
    const service = connect(await start());
    const listed = await service.listStreams({ prefix: 'front-' });
    assert.deepEqual(
      listed.map(({ StreamName }) => StreamName),
      ['front-door', 'front-gate'],
    );
    const { StreamARN, Status, CreationTime } = listed[0] ?? assert.fail();
    assert.equal(Status, 'ACTIVE');
    assert.equal(StreamARN.split('/').at(-1), String(CreationTime));
    for (const stream of [STREAM, { ...STREAM, StreamARN }]) {
      const media = await service.getMedia(stream, { StartSelectorType: 'EARLIEST' }, never);
      assert.ok(media.RequestId !== null && media.RequestId !== '');
      assert.ok((await readAll(media)).length > 1000);
    }
  });

  it('start where every selector says', async () => {
    const service = connect(await start());
    const read = async (selector: StartSelector) => readAll(await service.getMedia(STREAM, selector, never));
    const tagged = (body: Buffer, name: string) =>
      [
        ...body.toString('latin1').matchAll(new RegExp(`AWS_KINESISVIDEO_${name}[^0-9]{2,12}([0-9.]+)`, 'g')),
      ].map(([, value = '']) => value);
    const all = await read({ StartSelectorType: 'EARLIEST' });
    const [first = '', ...rest] = tagged(all, 'FRAGMENT_NUMBER');
    assert.ok(rest.length > 1);
    const secondAt = (name: string) => Number(tagged(all, name)[1]) * 1000;
    const selectors: readonly [StartSelector, readonly string[]][] = [
      [{ StartSelectorType: 'NOW' }, []],
      [{ StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: first }, rest],
      [{ StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: first }, rest],
      [{ StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: secondAt('SERVER_TIMESTAMP') }, rest],
      [{ StartSelectorType: 'PRODUCER_TIMESTAMP', StartTimestamp: secondAt('PRODUCER_TIMESTAMP') }, rest],
    ];
    for (const [selector, expected] of selectors) {
      assert.deepEqual(tagged(await read(selector), 'FRAGMENT_NUMBER'), expected, selector.StartSelectorType);
    }
  });

  for (const errorHeaderStyle of ['plain', 'decorated', 'documented'] as const) {
    it(`read errors whose headers are ${errorHeaderStyle}`, async () => {
      const service = connect(await start({ errorHeaderStyle }));
      const error = await failureOf(service.getMedia({ StreamName: 'absent' }, NOW, never));
      assert.equal(error.ErrorType, 'ResourceNotFoundException');
      assert.equal(error.statusCode, 404);
      assert.notEqual(error.RequestId, null);
    });
  }

  for (const body of ['json', 'xml', 'html', 'empty'] as const) {
    it(`read errors whose body is ${body}, on both planes`, async () => {
      const simulator = await start();
      const service = connect(simulator);
      for (const operation of ['GetDataEndpoint', 'GetMedia'] as const) {
        simulator.faults.add({
          kind: 'http-error',
          operation,
          ErrorType: 'ServiceUnavailable',
          statusCode: 503,
          body,
        });
        const error = await failureOf(service.getMedia(STREAM, NOW, never));
        assert.equal(error.ErrorType, 'ServiceUnavailable');
        assert.equal(error.operation, operation);
      }
    });
  }

  const rejected = [
    ['an unknown access key id', { accessKeyId: 'unknown', secretAccessKey: 'simulator' }],
    ['a wrong secret access key', { accessKeyId: 'simulator', secretAccessKey: 'wrong-canary' }],
    [
      'a session token of nobody',
      { accessKeyId: 'simulator', secretAccessKey: 'simulator', sessionToken: 'canary' },
    ],
  ] as const;
  for (const [what, keys] of rejected) {
    it(`are refused ${what}`, async () => {
      const service = connect(await start(), { credentials: { kind: 'keys', ...keys } });
      const error = await failureOf(service.getMedia(STREAM, NOW, never));
      assert.equal(error.statusCode, 403);
      assert.match(
        error.ErrorType,
        /^(UnrecognizedClient|InvalidSignature)Exception$|^InvalidClientTokenId$/,
      );
      assert.doesNotMatch(error.message, /canary/);
    });
  }

  it("succeed on a clock that is an hour off, once it is corrected by the refusal's time", async () => {
    const service = connect(await start(), { clock: { ...systemClock, now: () => Date.now() - 3_600_000 } });
    const error = await failureOf(service.resolveEndpoint(STREAM, never));
    assert.equal(error.statusCode, 403);
    assert.ok(error.serverTime !== undefined);
    service.correctClock(error.serverTime);
    (await service.getMedia(STREAM, NOW, never)).close();
  });

  it('follow a stream to its new endpoint once the old one is forgotten', async () => {
    const simulator = await start();
    const service = connect(simulator);
    const before = await service.resolveEndpoint(STREAM, never);
    simulator.faults.add({ kind: 'moved-endpoint', stream: STREAM.StreamName });
    const error = await failureOf(service.getMedia(STREAM, NOW, never));
    assert.equal(error.ErrorType, 'InvalidEndpointException');
    service.forgetEndpoint(STREAM);
    (await service.getMedia(STREAM, NOW, never)).close();
    assert.notEqual(await service.resolveEndpoint(STREAM, never), before);
  });

  it('say that the connection broke where the service cuts it', async () => {
    const simulator = await start();
    simulator.faults.add({ kind: 'cut', afterBytes: 5000 });
    const media = await connect(simulator).getMedia(STREAM, { StartSelectorType: 'EARLIEST' }, never);
    await assert.rejects(readAll(media), { code: 'NetworkError', networkCode: 'ECONNRESET' });
  });

  it('give back one of the 3 connections of a stream when a response is closed', async () => {
    const simulator = await start({ idleEndMs: 3_600_000 });
    const service = connect(simulator);
    const open = () => service.getMedia(STREAM, NOW, never);
    const three = [await open(), await open(), await open()];
    assert.equal((await failureOf(open())).ErrorType, 'ConnectionLimitExceededException');
    three[0]?.close();
    let again: MediaResponse | undefined;
    while (again === undefined) {
      // The simulator hears of the closed socket when the system tells it.
      again = await open().catch(() => undefined);
    }
    again.close();
  });
});
