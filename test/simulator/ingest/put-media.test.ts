import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { StartSelector } from '@aws-sdk/client-kinesis-video-media';
import { readRecording } from '../../../src/simulator';
import { block, cluster, customTags, header, second, track } from '../matroska';
import { fragmentNumbers, tagValues, tokens } from '../rig';
import { FIRST, RELATIVE, START, held, numbersOf, putMedia, withCamera } from './putting';

describe('simulator: PutMedia', () => {
  it('one Cluster is one fragment: acknowledged, numbered, and served byte for byte behind the header', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const clusters = [second(0, 'a'), second(1000, 'b', false), second(2000, 'c')];
      await producer.finish(Buffer.concat([header(), ...clusters]));
      assert.equal(producer.statusCode, 200);
      assert.ok(producer.headers['x-amzn-requestid']);
      assert.deepEqual(
        producer.acks.map(({ EventType, FragmentTimecode }) => [EventType, FragmentTimecode]),
        [0, 1000, 2000].flatMap((ms) => [
          ['BUFFERING', ms],
          ['RECEIVED', ms],
          ['PERSISTED', ms],
        ]),
      );
      const body = await rig.read('camera', FIRST);
      assert.deepEqual(fragmentNumbers(body), numbersOf(producer.of('PERSISTED')));
      assert.deepEqual(tokens(body), fragmentNumbers(body));
      const chunks = readRecording(body) ?? [];
      for (const [index, sent] of clusters.entries()) {
        const chunk = chunks[index];
        assert.ok(chunk);
        assert.ok(chunk.bytes.subarray(0, header().length).equals(header()));
        assert.ok(chunk.bytes.includes(sent));
        assert.equal(chunk.ProducerTimestamp, START * 1000 + index * 1000);
        assert.equal(
          chunk.ServerTimestamp,
          rig.simulator.streams.get('camera')?.fragments[index]?.ServerTimestamp,
        );
      }
    });
  });

  it('takes an absolute timecode for the producer time, and no start with it', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig, { 'x-amzn-fragment-timecode-type': 'ABSOLUTE' });
      await producer.finish(Buffer.concat([header(), second(START * 1000 + 7)]));
      assert.deepEqual(tagValues(await rig.read('camera', FIRST), 'AWS_KINESISVIDEO_PRODUCER_TIMESTAMP'), [
        `${START}.007`,
      ]);
    });
  });

  it('counts ticks by the scale of the header', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const blocks = [block(1, 0, true), block(1, 4, false)];
      await producer.finish(Buffer.concat([header([track(1)], 10_000_000), cluster(150, blocks)]));
      assert.equal(producer.acks[0]?.FragmentTimecode, 1500);
      const [chunk] = readRecording(await rig.read('camera', FIRST)) ?? [];
      assert.equal(chunk?.ProducerTimestamp, START * 1000 + 1500);
      assert.equal(rig.simulator.streams.get('camera')?.fragments[0]?.durationMs, 80);
    });
  });

  it('leaves tags behind a Cluster with its fragment, and lets nobody write the tags of the service', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const false_ = customTags('AWS_KINESISVIDEO_FRAGMENT_NUMBER', '1');
      await producer.finish(
        Buffer.concat([
          header([track(1)], 1_000_000, customTags('title', 'home'), false_),
          ...[second(0, 'a', false), customTags('door', 'open'), false_, second(1000, 'b', false)],
        ]),
      );
      const chunks = (readRecording(await rig.read('camera', FIRST)) ?? []).map(({ bytes }) => bytes);
      assert.deepEqual(
        chunks.map((bytes) => [
          bytes.includes('home'),
          bytes.includes('open'),
          fragmentNumbers(bytes).length,
        ]),
        [
          [true, true, 1],
          [true, false, 1],
        ],
      );
    });
  });

  it('sends what has come in to those who read live, long before the fragment is whole', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(header());
      await producer.send(cluster(0, [block(1, 0, true, 'first picture')], false));
      await producer.until('BUFFERING');
      const body = await rig.open('camera', { StartSelectorType: 'NOW' });
      let seen = Buffer.alloc(0);
      body.on('data', (part: Buffer) => (seen = Buffer.concat([seen, part])));
      const reads = async (what: string) => {
        while (!seen.includes(what)) {
          await once(body, 'data');
        }
      };
      await reads('first picture');
      await producer.send(block(1, 40, false, 'second picture'));
      await reads('second picture');
      assert.deepEqual(tokens(seen), [], 'it is still open');
      await producer.finish();
      await reads('AWS_KINESISVIDEO_CONTINUATION_TOKEN');
      body.destroy();
    });
  });

  it('answers every start selector from what was ingested', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const numbers: string[] = [];
      for (let index = 0; index < 5; index++) {
        await producer.send(Buffer.concat([index === 0 ? header() : Buffer.alloc(0), second(index * 1000)]));
        await producer.until('PERSISTED', index + 1);
        await rig.clock.advance(1000);
      }
      await producer.finish();
      numbers.push(...numbersOf(producer.of('PERSISTED')));
      const from = async (selector: StartSelector) => fragmentNumbers(await rig.read('camera', selector));
      const server = rig.simulator.streams.get('camera')?.fragments[2]?.ServerTimestamp ?? 0;
      assert.deepEqual(await from({ StartSelectorType: 'NOW' }), numbers.slice(4));
      assert.deepEqual(await from(FIRST), numbers);
      const third = numbers[2] ?? '';
      for (const selector of [
        { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: third },
        { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: third },
        { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: new Date(server + 1000) },
        { StartSelectorType: 'PRODUCER_TIMESTAMP', StartTimestamp: new Date(START * 1000 + 3500) },
      ] as const) {
        assert.deepEqual(await from(selector), numbers.slice(3), selector.StartSelectorType);
      }
    });
  });

  it('loses the fragment under way with its producer: readers see silence, then the end; the next numbers are higher', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), second(0), second(1000).subarray(0, 300)]));
      await producer.until('PERSISTED');
      await held(rig, 2);
      const reading = rig.read('camera', FIRST);
      producer.abort();
      await held(rig, 1);
      const body = await reading;
      const [first = ''] = numbersOf(producer.of('PERSISTED'));
      assert.deepEqual(tokens(body), [first], 'the second was cut off');
      const again = await putMedia(rig);
      await again.finish(Buffer.concat([header(), second(0)]));
      const [next = ''] = numbersOf(again.of('PERSISTED'));
      assert.ok(BigInt(next) > BigInt(first));
      assert.deepEqual(fragmentNumbers(await rig.read('camera', FIRST)), [first, next]);
    });
  });

  it('ends the response that was cut off although the producer is back at once', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), cluster(0, [block(1, 0, true, 'lost')], false)]));
      await producer.until('BUFFERING');
      const reading = await rig.open('camera', { StartSelectorType: 'NOW' });
      await once(reading, 'data');
      producer.abort();
      await held(rig, 0);
      const again = await putMedia(rig);
      await again.send(Buffer.concat([header(), second(0)]));
      await again.until('PERSISTED');
      const rest: Buffer[] = [];
      reading.on('data', (part: Buffer) => rest.push(part));
      const ended = once(reading, 'end');
      for (let seconds = 0; seconds < 4; seconds++) {
        await again.send(second(1000 + seconds * 1000));
        await again.until('PERSISTED', 2 + seconds);
        await rig.clock.advance(1000);
      }
      await ended;
      assert.equal(fragmentNumbers(Buffer.concat(rest)).length, 0, 'nothing more came in it');
      assert.equal((await rig.read('camera', FIRST)).length > 0, true);
    });
  });

  it('forgets what is older than the retention, and keeps five minutes where there is none', async () => {
    for (const [retentionMs, minutes, acknowledged] of [
      [120_000, 2, 'PERSISTED'],
      [0, 5, 'RECEIVED'],
    ] as const) {
      await withCamera(
        async (rig) => {
          for (let minute = 0; minute < 8; minute++) {
            const producer = await putMedia(rig);
            await producer.finish(Buffer.concat([header(), second(0)]));
            assert.equal(producer.acks.at(-1)?.EventType, acknowledged);
            await rig.clock.advance(59_500);
          }
          assert.equal(rig.simulator.streams.get('camera')?.fragments.length, minutes);
        },
        { streams: [{ name: 'camera', source: 'none', retentionMs }] },
      );
    }
  });

  it('keeps acknowledgements to itself where none are wanted', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig, { ...RELATIVE, 'x-amzn-fragment-acknowledgment-required': '0' });
      await producer.finish(Buffer.concat([header(), second(0)]));
      assert.equal(producer.statusCode, 200);
      assert.deepEqual(producer.acks, []);
    });
  });

  it('reads no faster than the service', async () => {
    await withCamera(
      async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(Buffer.concat([header(), second(0)]));
        await producer.until('PERSISTED');
        await producer.send(second(1000));
        await producer.until('PERSISTED', 2);
        await producer.send(second(2000));
        // Two a second: the third has to wait for time to pass.
        for (let turn = 0; turn < 50; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.equal(producer.of('BUFFERING').length, 2);
        await rig.clock.advance(1000);
        await producer.until('PERSISTED', 3);
        const finished = producer.finish();
        await rig.clock.advance(1000);
        await finished;
      },
      { putMediaFragmentsPerSecond: 1 },
    );
  });
});
