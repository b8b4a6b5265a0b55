import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Clock } from '../../../src/clock';
import { decomposeFragmentNumber } from '../../../src/simulator';
import { VirtualClock } from '../../../testing/virtual-clock';
import { tagValues, tokens, withSimulator } from '../rig';
import { numberOf } from './ten-fragments';

describe('simulator: live GetMedia', () => {
  it('produces the history, then goes on in real time across the loop', async () => {
    await withSimulator(
      { streams: [{ name: 'a', prefillMs: 10_000 }] },
      async ({ simulator, open, clock }) => {
        const stream = simulator.streams.get('a');
        assert.equal(stream?.fragments.length, 5);
        const seen: string[] = [];
        simulator.on('chunkSent', ({ FragmentNumber = '' }) => seen.push(FragmentNumber));
        const body = await open('a', { StartSelectorType: 'NOW' });
        body.resume();
        await clock.advance(20_000);
        while (seen.length < 11) {
          await once(simulator, 'chunkSent');
        }
        assert.deepEqual(seen, stream.fragments.slice(4).map(numberOf));
        const times = stream.fragments.map(({ ProducerTimestamp = 0 }) => ProducerTimestamp);
        assert.deepEqual(
          times.slice(1).map((time, index) => time - (times[index] ?? 0)),
          Array.from({ length: times.length - 1 }, () => 2000),
        );
        body.destroy();
      },
    );
  });

  it('aws-sdk: bytes flow while the fragment is produced, closing tags come with its end', async () => {
    await withSimulator(
      { streams: [{ name: 'a', profile: 'aws-sdk' }] },
      async ({ simulator, open, clock }) => {
        const body = await open('a', { StartSelectorType: 'NOW' });
        let received = Buffer.alloc(0);
        body.on('data', (part: Buffer) => (received = Buffer.concat([received, part])));
        const until = async (done: () => boolean) => {
          while (!done()) {
            await once(body, 'data');
          }
        };
        await clock.advance(500);
        await until(() => received.includes(Buffer.from('1f43b675ff', 'hex')));
        const early = received.length;
        await clock.advance(1000);
        await until(() => received.length > early);
        assert.deepEqual(tokens(received), []);
        await clock.advance(500);
        await until(() => tokens(received).length === 1);
        assert.equal(tokens(received)[0], numberOf(simulator.streams.get('a')?.fragments[0]));
        body.destroy();
      },
    );
  });

  it('a frame made by hand is sent by itself', async () => {
    await withSimulator(
      { streams: [{ name: 'a', live: false, profile: 'aws-sdk' }] },
      async ({ simulator, open }) => {
        const stream = simulator.streams.get('a');
        assert.ok(stream);
        const body = await open('a', { StartSelectorType: 'NOW' });
        let received = 0;
        body.on('data', (part: Buffer) => (received += part.length));
        const fragment = stream.produceFrame();
        assert.ok(fragment && !fragment.complete);
        while (received < fragment.front.length + fragment.available) {
          await once(body, 'data');
        }
        assert.equal(received, fragment.front.length + fragment.available);
        const [same] = stream.produce();
        assert.equal(same, fragment);
        assert.ok(fragment.complete);
        body.destroy();
      },
    );
  });

  it('ends the response 3 s after the producer has gone silent, and begins a new session when it is back', async () => {
    await withSimulator({ streams: [{ name: 'a' }] }, async ({ simulator, open, clock }) => {
      const stream = simulator.streams.get('a');
      const body = await open('a', { StartSelectorType: 'NOW' });
      body.resume();
      const ended = once(body, 'end');
      await clock.advance(60_000);
      assert.equal(simulator.stats.streams['a']?.openConnections, 1);
      stream?.pauseProducer();
      const last = numberOf(stream?.fragments.at(-1));
      await clock.advance(3000);
      await ended;
      stream?.resumeProducer();
      await clock.advance(2000);
      const next = decomposeFragmentNumber(numberOf(stream?.fragments.at(-1))).sequence;
      assert.equal(next % 1000, 1);
      assert.ok(next > decomposeFragmentNumber(last).sequence);
    });
  });

  it('ends the response at its greatest age', async () => {
    await withSimulator({ streams: [{ name: 'a' }], maxSessionMs: 5000 }, async ({ open, clock }) => {
      const body = await open('a', { StartSelectorType: 'NOW' });
      body.resume();
      const ended = once(body, 'end');
      await clock.advance(5000);
      await ended;
    });
  });

  it('forgets what is older than its retention, and 5 minutes where that is 0', async () => {
    const streams = [
      { name: 'a', retentionMs: 60_000 },
      { name: 'b', retentionMs: 0 },
    ];
    await withSimulator({ streams }, async ({ simulator, read, clock }) => {
      await clock.advance(4000);
      const first = numberOf(simulator.streams.get('a')?.fragments[0]);
      await clock.advance(600_000);
      // Two seconds each, and one that ended just as long ago as is kept.
      assert.equal(simulator.streams.get('a')?.fragments.length, 32);
      assert.equal(simulator.streams.get('b')?.fragments.length, 152);
      const body = await read('a', { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: first });
      assert.deepEqual(tagValues(body, 'AWS_KINESISVIDEO_ERROR_ID'), ['4000']);
    });
  });

  it('starts anew rather than catching up after the machine has slept', async () => {
    const awake = new VirtualClock();
    let slept = 0;
    const clock: Clock = {
      now: () => awake.now() + slept,
      monotonic: () => awake.monotonic(),
      after: (ms, callback) => awake.after(ms, callback),
      random: () => 0.5,
    };
    await withSimulator({ streams: [{ name: 'a' }], clock }, async ({ simulator }) => {
      await awake.advance(4000);
      slept = 3_000_000;
      await awake.advance(4000);
      const fragments = simulator.streams.get('a')?.fragments ?? [];
      assert.ok(fragments.length >= 3 && fragments.length <= 5, `${fragments.length} fragments`);
      assert.ok((fragments.at(-1)?.ServerTimestamp ?? 0) > clock.now() - 3000);
    });
  });
});
