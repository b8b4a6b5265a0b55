import assert from 'node:assert/strict';
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  GetDataEndpointCommand,
} from '@aws-sdk/client-kinesis-video';
import { header, second } from '../matroska';
import { TestProducer } from '../producer';
import { failure, fragmentNumbers, withSimulator } from '../rig';
import { FIRST, RELATIVE, putMedia, withCamera } from './putting';

describe('simulator: who may put', () => {
  it('checks signatures: the body signed as empty, or said not to be signed', async () => {
    await withCamera(async (rig) => {
      for (const signing of [{}, { payload: 'UNSIGNED-PAYLOAD' }]) {
        const producer = await putMedia(rig, RELATIVE, 'camera', signing);
        await producer.finish(Buffer.concat([header(), second(0)]));
        assert.equal(producer.statusCode, 200);
      }
      for (const [signing, type] of [
        [{ secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
        [{ payload: 'a'.repeat(64) }, 'InvalidSignatureException'],
      ] as const) {
        const producer = await putMedia(rig, RELATIVE, 'camera', signing);
        await producer.finish(Buffer.concat([header(), second(0)]));
        assert.deepEqual([producer.statusCode, producer.headers['x-amzn-errortype']], [403, type]);
      }
      const unsigned = new TestProducer(`${rig.simulator.dataEndpoint}/putMedia`, RELATIVE, 'POST');
      await unsigned.finish();
      assert.equal(unsigned.headers['x-amzn-errortype'], 'MissingAuthenticationTokenException');
      assert.equal(rig.simulator.streams.get('camera')?.fragments.length, 2);
    });
  });

  for (const [what, name, headers, statusCode, type] of [
    ['a stream that is not there', 'nobody', RELATIVE, 404, 'ResourceNotFoundException'],
    ['no timecode type', 'camera', {}, 400, 'InvalidArgumentException'],
    [
      'an unknown timecode type',
      'camera',
      { ...RELATIVE, 'x-amzn-fragment-timecode-type': 'SOME' },
      400,
      'InvalidArgumentException',
    ],
    [
      'relative times with no start',
      'camera',
      { 'x-amzn-fragment-timecode-type': 'RELATIVE' },
      400,
      'InvalidArgumentException',
    ],
    [
      'a start that is no time',
      'camera',
      { ...RELATIVE, 'x-amzn-producer-start-timestamp': 'now' },
      400,
      'InvalidArgumentException',
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await withCamera(async (rig) => {
        const producer = await putMedia(rig, headers, name);
        await producer.finish(Buffer.concat([header(), second(0)]));
        assert.deepEqual([producer.statusCode, producer.headers['x-amzn-errortype']], [statusCode, type]);
      });
    });
  }

  it('takes one producer for each stream, its next session while the last one ends, and five calls a second', async () => {
    await withCamera(
      async (rig) => {
        const first = await putMedia(rig);
        await first.send(Buffer.concat([header(), second(0)]));
        await first.until('PERSISTED');
        const next = await putMedia(rig);
        await next.send(Buffer.concat([header(), second(0)]));
        await next.until('PERSISTED');
        const third = await putMedia(rig);
        await third.finish(header());
        assert.equal(third.headers['x-amzn-errortype'], 'ConnectionLimitExceededException');
        for (let call = 0; call < 2; call++) {
          await (await putMedia(rig)).finish(header());
        }
        const sixth = await putMedia(rig);
        await sixth.finish(header());
        assert.equal(sixth.headers['x-amzn-errortype'], 'ClientLimitExceededException');
        await first.finish(second(1000));
        await next.finish(second(1000));
        const persisted = [first, next].map((producer) => producer.of('PERSISTED').length);
        assert.deepEqual(persisted, [2, 2], 'they were not disturbed');
      },
      { callsPerSecond: 5 },
    );
  });

  it('cuts off a refused producer that goes on sending, once it can have read the answer', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig, {});
      await producer.send(header());
      await producer.closed;
      assert.equal(producer.statusCode, 400);
    });
  });

  it('answers with each fault that was ordered for PutMedia, then takes media', async () => {
    await withCamera(async (rig) => {
      rig.simulator.faults.add({
        ...{ kind: 'http-error', operation: 'PutMedia', ErrorType: 'InternalFailure', statusCode: 500 },
      });
      const refused = await putMedia(rig);
      await refused.finish(Buffer.concat([header(), second(0)]));
      assert.deepEqual([refused.statusCode, refused.headers['x-amzn-errortype']], [500, 'InternalFailure']);
      rig.simulator.faults.add({ kind: 'reset', operation: 'PutMedia' });
      const reset = await putMedia(rig);
      await reset.closed;
      assert.equal(reset.statusCode, undefined);
      const taken = await putMedia(rig);
      await taken.finish(Buffer.concat([header(), second(0)]));
      assert.equal(taken.of('PERSISTED').length, 1);
    });
  });

  it('creates streams for those who ask, and tells where to put', async () => {
    await withSimulator({}, async (rig) => {
      const create = (DataRetentionInHours: number) =>
        rig.control.send(
          new CreateStreamCommand({ StreamName: 'new', DataRetentionInHours, MediaType: 'video/h264' }),
        );
      const { StreamARN } = await create(2);
      const { StreamInfo } = await rig.control.send(new DescribeStreamCommand({ StreamName: 'new' }));
      assert.deepEqual(
        [StreamInfo?.StreamARN, StreamInfo?.DataRetentionInHours, StreamInfo?.MediaType],
        [StreamARN, 2, 'video/h264'],
      );
      assert.equal((await failure(create(2))).name, 'ResourceInUseException');
      const { DataEndpoint } = await rig.control.send(
        new GetDataEndpointCommand({ StreamName: 'new', APIName: 'PUT_MEDIA' }),
      );
      assert.equal(DataEndpoint, rig.simulator.dataEndpoint);
      await (await putMedia(rig, RELATIVE, 'new')).finish(Buffer.concat([header(), second(0)]));
      assert.equal(fragmentNumbers(await rig.read('new', FIRST)).length, 1);
    });
  });
});
