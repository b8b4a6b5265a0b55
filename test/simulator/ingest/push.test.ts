import assert from 'node:assert/strict';
import { request } from 'node:http';
import { readRecording } from '../../../src/simulator';
import { block, cluster, header, second, track } from '../matroska';
import { TestProducer } from '../producer';
import { fragmentNumbers, withSimulator } from '../rig';
import { FIRST, RELATIVE, START, held, numbersOf, pushUrl } from './putting';

describe('simulator: pushing without a signature', () => {
  it('makes the stream, begins fragments at key frames whatever the Clusters, and loses no block', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      const media = [
        cluster(0, [block(2, 5, true, 'a0'), block(1, 20, true, 'v0'), block(1, 60, false, 'v1')]),
        cluster(500, [block(1, 0, false, 'v2'), block(2, 10, true, 'a1'), block(1, 520, true, 'v3')], false),
        cluster(1400, [block(1, 0, false, 'v4'), block(1, 100, true, 'v5')]),
      ];
      await producer.finish(Buffer.concat([header([track(1), track(2, 'audio')]), ...media]));
      assert.equal(producer.statusCode, 200);
      const chunks = readRecording(await rig.read('camera', FIRST)) ?? [];
      const seen = chunks.map(({ bytes }) =>
        ['a0', 'v0', 'v1', 'v2', 'a1', 'v3', 'v4', 'v5'].filter((name) => bytes.includes(name)).join(' '),
      );
      assert.deepEqual(seen, ['a0 v0 v1 v2 a1', 'v3 v4 v5']);
      assert.deepEqual(
        producer.of('BUFFERING').map(({ FragmentTimecode }) => FragmentTimecode),
        [5, 1020],
      );
      assert.equal((chunks[1]?.ProducerTimestamp ?? 0) - (chunks[0]?.ProducerTimestamp ?? 0), 1015);
      assert.ok(chunks[1]?.bytes.includes(block(1, 380, false, 'v4')), 'times count from the new Cluster');
    });
  });

  it('cuts at Clusters where asked to', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(`${pushUrl(rig)}?cut=clusters`);
      await producer.finish(
        Buffer.concat([header(), cluster(0, [block(1, 0, true)]), cluster(40, [block(1, 0, false)])]),
      );
      assert.equal(producer.of('PERSISTED').length, 2);
    });
  });

  it('cuts sound every two seconds, and pictures that are all key frames no closer than half a second', async () => {
    await withSimulator({}, async (rig) => {
      const blocks = (ms: number) => Array.from({ length: 100 }, (_, index) => block(1, index * ms, true));
      const sound = new TestProducer(pushUrl(rig, 'sound'));
      await sound.finish(Buffer.concat([header([track(1, 'audio')]), cluster(0, blocks(50))]));
      assert.deepEqual(
        sound.of('RECEIVED').map(({ FragmentTimecode }) => FragmentTimecode),
        [0, 2000, 4000],
      );
      const pictures = new TestProducer(pushUrl(rig, 'pictures'));
      await pictures.finish(Buffer.concat([header(), cluster(0, blocks(20))]));
      assert.deepEqual(
        pictures.of('RECEIVED').map(({ FragmentTimecode }) => FragmentTimecode),
        [0, 500, 1000, 1500],
      );
    });
  });

  it('takes when it came for when it was recorded, dates for dates, and the headers of PutMedia for what they say', async () => {
    await withSimulator({}, async (rig) => {
      const producerTime = async (name: string, ticks: number, headers = {}) => {
        await new TestProducer(pushUrl(rig, name), headers).finish(Buffer.concat([header(), second(ticks)]));
        return rig.simulator.streams.get(name)?.fragments[0]?.ProducerTimestamp;
      };
      assert.equal(await producerTime('a', 123_000), Math.round(rig.clock.now()));
      assert.equal(await producerTime('b', START * 1000), START * 1000);
      assert.equal(await producerTime('c', 3000, RELATIVE), START * 1000 + 3000);
      assert.equal(await producerTime('d', 3000, { 'x-amzn-fragment-timecode-type': 'ABSOLUTE' }), 3000);
    });
  });

  it('takes several Segments, and times that begin anew, for the next session of the same camera', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(
        Buffer.concat([
          header(),
          second(0),
          second(1000),
          header([track(1), track(2, 'audio')]),
          second(0),
          header(),
          second(1000),
          second(0),
        ]),
      );
      const fragments = rig.simulator.streams.get('camera')?.fragments ?? [];
      assert.equal(fragments.length, 5);
      const times = fragments.map(
        ({ ProducerTimestamp = 0 }) => ProducerTimestamp - (fragments[0]?.ProducerTimestamp ?? 0),
      );
      assert.deepEqual(times, [0, 1000, 2000, 3000, 4000]);
    });
  });

  it('takes a recorded response for what it is', async () => {
    await withSimulator({ streams: [{ name: 'a', live: false }] }, async (rig) => {
      rig.simulator.streams.get('a')?.produce(4);
      const recorded = await rig.read('a', FIRST);
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(recorded);
      const body = await rig.read('camera', FIRST);
      assert.deepEqual(fragmentNumbers(body), numbersOf(producer.of('PERSISTED')));
      assert.equal(fragmentNumbers(body).length, 4);
      const sequence = numbersOf(producer.of('PERSISTED')).map((number) => (BigInt(number) >> 92n) & 0xffffn);
      assert.deepEqual(
        sequence.map((value) => value - (sequence[0] ?? 0n)),
        [0n, 1n, 2n, 3n],
      );
    });
  });

  for (const [what, media, pattern] of [
    ['MP4', Buffer.from('0000001c667479706d703432', 'hex'), /MP4.*ffmpeg/],
    ['a web page', Buffer.from('<!DOCTYPE html>'), /neither Matroska nor WebM/],
    [
      'five tracks',
      Buffer.concat([header([1, 2, 3, 4, 5].map((number) => track(number))), second(0)]),
      /-map 0:v:0/,
    ],
  ] as const) {
    it(`answers ${what} with status 400 in words, and leaves no stream behind`, async () => {
      await withSimulator({}, async (rig) => {
        const producer = new TestProducer(pushUrl(rig));
        await producer.finish(media);
        assert.equal(producer.statusCode, 400);
        assert.match(producer.body, pattern);
        assert.equal(rig.simulator.streams.size, 0);
      });
    });
  }

  it('says in words what went wrong later', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(Buffer.concat([header(), second(0), Buffer.from('rubbish')]));
      assert.equal(producer.statusCode, 200);
      assert.match(producer.of('ERROR')[0]?.Message ?? '', /element/);
    });
  });

  it('leaves a stream to its own producer until that is paused', async () => {
    await withSimulator({ streams: [{ name: 'demo' }] }, async (rig) => {
      const refused = new TestProducer(pushUrl(rig, 'demo'));
      await refused.finish(header());
      assert.equal(refused.statusCode, 400);
      assert.match(refused.body, /"producer\\":\\"paused\\"/);
      rig.simulator.streams.get('demo')?.pauseProducer();
      const taken = new TestProducer(pushUrl(rig, 'demo'));
      await taken.finish(Buffer.concat([header(), second(0)]));
      assert.equal(taken.of('PERSISTED').length, 1);
    });
  });

  it('answers no web page, no bad name and no other method', async () => {
    await withSimulator({}, async (rig) => {
      for (const [url, headers, method, statusCode] of [
        [pushUrl(rig), { Origin: 'http://example.org' }, 'PUT', 403],
        [pushUrl(rig, 'a%20b'), {}, 'PUT', 400],
        [pushUrl(rig, '%zz'), {}, 'PUT', 400],
        [pushUrl(rig, ''), {}, 'PUT', 400],
        [`${pushUrl(rig)}?cut=never`, {}, 'PUT', 400],
        [pushUrl(rig), {}, 'DELETE', 405],
      ] as const) {
        const producer = new TestProducer(url, headers, method);
        await producer.finish(header());
        assert.equal(producer.statusCode, statusCode, url);
      }
      assert.equal(rig.simulator.streams.size, 0);
    });
  });

  it('is off where other machines can reach the simulator', async () => {
    await withSimulator({ host: '0.0.0.0' }, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(header());
      assert.equal(producer.statusCode, 403);
      assert.match(producer.body, /loopback.*PutMedia/);
    });
  });

  it('leaves neither timer nor connection, however a producer ends', async () => {
    await withSimulator({}, async (rig) => {
      const before = rig.clock.pending;
      const good = Buffer.concat([header(), second(0)]);
      for (let round = 0; round < 20; round++) {
        await new TestProducer(pushUrl(rig)).finish(good);
        await new TestProducer(pushUrl(rig)).finish(Buffer.from('rubbish, of no use'));
        const leaving = new TestProducer(pushUrl(rig));
        await leaving.send(Buffer.concat([header(), cluster(0, [block(1, 0, true)], false)]));
        await leaving.until('BUFFERING');
        leaving.abort();
        await held(rig, round + 1);
      }
      assert.equal(rig.clock.pending, before);
      await new Promise<void>((resolve) => {
        request(`${rig.simulator.endpoint}/simulator/streams`, (response) => {
          response.resume().on('end', resolve);
        }).end();
      });
    });
  });
});
