import assert from 'node:assert/strict';
import { block, cluster, customTags, header, second, track } from '../matroska';
import { putMedia, withCamera } from './putting';

describe('simulator: PutMedia that ends in an error', () => {
  const refusals: [what: string, media: Buffer, ErrorId: number, ErrorCode: string, whole: number][] = [
    ['bytes that are no Matroska', Buffer.from('<html>'), 4006, 'INVALID_MKV_DATA', 0],
    [
      'rubbish between Clusters',
      Buffer.concat([header(), second(0), Buffer.alloc(20)]),
      4006,
      'INVALID_MKV_DATA',
      1,
    ],
    [
      'an end in mid-Cluster',
      Buffer.concat([header(), second(0), second(1000).subarray(0, 99)]),
      4006,
      'INVALID_MKV_DATA',
      1,
    ],
    [
      'a second Segment',
      Buffer.concat([header(), second(0), header(), second(1000)]),
      4006,
      'INVALID_MKV_DATA',
      1,
    ],
    [
      'Clusters out of order',
      Buffer.concat([header(), second(1000), second(0)]),
      4004,
      'FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS',
      1,
    ],
    [
      'a block of no track',
      Buffer.concat([header(), cluster(0, [block(3, 0, true)])]),
      4010,
      'TRACK_NUMBER_MISMATCH',
      0,
    ],
    [
      'four tracks',
      Buffer.concat([header([1, 2, 3, 4].map((number) => track(number))), second(0)]),
      4012,
      'MORE_THAN_ALLOWED_TRACKS_FOUND',
      0,
    ],
    [
      'a fragment of 21 s',
      Buffer.concat([header(), cluster(0, [block(1, 0, true), block(1, 21_000, false)])]),
      4002,
      'MAX_FRAGMENT_DURATION_REACHED',
      0,
    ],
    [
      'a time beyond dates',
      Buffer.concat([header(), second(2 ** 50)]),
      4007,
      'INVALID_PRODUCER_TIMESTAMP',
      0,
    ],
    [
      'more tags than a fragment may have',
      Buffer.concat([
        header(),
        second(0, 'a', false),
        customTags('a', 'x'.repeat(200_000)),
        customTags('a', 'x'.repeat(200_000)),
      ]),
      4009,
      'FRAGMENT_METADATA_LIMIT_REACHED',
      0,
    ],
  ];
  for (const [what, media, ErrorId, ErrorCode, whole] of refusals) {
    it(`acknowledges ${what} with error ${ErrorId}`, async () => {
      await withCamera(async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(media);
        await producer.finish();
        assert.equal(producer.statusCode, 200);
        const last = producer.acks.at(-1);
        assert.deepEqual([last?.EventType, last?.ErrorId, last?.ErrorCode], ['ERROR', ErrorId, ErrorCode]);
        assert.equal(rig.simulator.streams.get('camera')?.fragments.length, whole);
        assert.equal(producer.of('PERSISTED').length, whole);
        assert.equal(rig.simulator.stats.streams['camera']?.requests.at(-1)?.ErrorType, ErrorCode);
        // The one connection is free again.
        await (await putMedia(rig)).finish(Buffer.concat([header(), second(0)]));
        assert.equal(rig.simulator.streams.get('camera')?.fragments.length, whole + 1);
      });
    });
  }

  it('refuses a fragment of more than 50 MB while it comes, and holds none of it', async () => {
    await withCamera(
      async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(header());
        await producer.send(cluster(0, [], false));
        const large = block(1, 0, true, Buffer.alloc(10_000_000));
        for (let count = 0; count < 6; count++) {
          await producer.send(large);
        }
        await producer.until('ERROR');
        assert.equal(producer.of('ERROR')[0]?.ErrorCode, 'MAX_FRAGMENT_SIZE_REACHED');
        assert.equal(rig.simulator.streams.get('camera')?.ownedBytes, 0);
        producer.abort();
      },
      { putMediaBytesPerSecond: Infinity },
    );
  });

  it('says that it is idle, and gives up after 30 s of silence', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), second(0)]));
      await producer.until('PERSISTED');
      await rig.clock.advance(10_000);
      await producer.until('IDLE');
      await rig.clock.advance(20_000);
      await producer.until('ERROR');
      assert.equal(producer.of('ERROR')[0]?.ErrorCode, 'STREAM_READ_ERROR');
      await producer.closed;
    });
  });

  it('closes a connection at its maximum age', async () => {
    await withCamera(
      async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(Buffer.concat([header(), second(0)]));
        await producer.until('PERSISTED');
        await rig.clock.advance(10_000);
        await producer.until('ERROR');
        assert.equal(producer.of('ERROR')[0]?.ErrorId, 4003);
        producer.abort();
      },
      { maxSessionMs: 10_000 },
    );
  });

  it('ends for a stream that is deleted', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), second(0)]));
      await producer.until('PERSISTED');
      rig.simulator.removeStream('camera');
      await producer.send(second(1000));
      await producer.until('ERROR');
      assert.equal(producer.of('ERROR')[0]?.ErrorCode, 'STREAM_NOT_ACTIVE');
      producer.abort();
    });
  });
});
