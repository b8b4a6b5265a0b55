import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import {
  GetMediaForFragmentListCommand,
  ListFragmentsCommand,
  type Fragment as ListedFragment,
} from '@aws-sdk/client-kinesis-video-archived-media';
import { Simulator, readRecording, type SimulatedStream, type StreamOptions } from '../../../src/simulator';
import { VirtualClock } from '../../../testing/virtual-clock';
import { collect, failure, fragmentNumbers, withSimulator, type Rig } from '../rig';

const NAME = 'cam';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PROFILES = ['ffmpeg', 'aws-sdk', 'amazon-connect'] as const;

async function withPast(
  options: Partial<StreamOptions>,
  test: (rig: Rig, stream: SimulatedStream) => Promise<void>,
): Promise<void> {
  const streams = [{ name: NAME, live: false, recordedMs: 2 * HOUR, ...options }];
  await withSimulator({ streams, maxSkewMs: 24 * HOUR }, async (rig) => {
    const stream = rig.simulator.streams.get(NAME);
    assert.ok(stream);
    await test(rig, stream);
  });
}

async function list(rig: Rig, from: number, to: number): Promise<ListedFragment[]> {
  const client = await rig.archived(NAME, 'LIST_FRAGMENTS');
  const all: ListedFragment[] = [];
  for (let NextToken: string | undefined, first = true; first || NextToken !== undefined; first = false) {
    const range = { StartTimestamp: new Date(from), EndTimestamp: new Date(to) };
    const page = await client.send(
      new ListFragmentsCommand({
        StreamName: NAME,
        MaxResults: 1000,
        ...(NextToken === undefined
          ? { FragmentSelector: { FragmentSelectorType: 'PRODUCER_TIMESTAMP', TimestampRange: range } }
          : { NextToken }),
      }),
    );
    all.push(...(page.Fragments ?? []));
    NextToken = page.NextToken;
    await rig.clock.advance(100);
  }
  return all.sort((a, b) => ((a.FragmentNumber ?? '') < (b.FragmentNumber ?? '') ? -1 : 1));
}

describe('the simulator: media of the past', () => {
  for (const profile of PROFILES) {
    it(`is one gapless recording that ends at the start, whichever way it is read (${profile})`, async () => {
      await withPast({ profile }, async (rig, stream) => {
        const end = rig.clock.now();
        const stored = [...stream.stored()];
        let expected = end;
        for (const fragment of stored.toReversed()) {
          assert.equal((fragment.ProducerTimestamp ?? 0) + fragment.durationMs, expected);
          expected = fragment.ProducerTimestamp ?? 0;
        }
        assert.ok(expected >= end - 2 * HOUR && expected < end - 2 * HOUR + MINUTE);

        const some = stored.slice(-40);
        const numbers = some.map(({ FragmentNumber }) => FragmentNumber ?? '');
        const [from = 0, to = 0] = [some[0]?.ProducerTimestamp, some.at(-1)?.ProducerTimestamp];
        const listed = await list(rig, from, to);
        assert.deepEqual(
          listed.map(({ FragmentNumber }) => FragmentNumber),
          numbers,
        );
        const live = await rig.read(NAME, {
          StartSelectorType: 'PRODUCER_TIMESTAMP',
          StartTimestamp: new Date(from + 1),
        });
        assert.deepEqual(fragmentNumbers(live), numbers, 'begins with the fragment that contains the time');
        const client = await rig.archived(NAME, 'GET_MEDIA_FOR_FRAGMENT_LIST');
        const { Payload } = await client.send(
          new GetMediaForFragmentListCommand({ StreamName: NAME, Fragments: numbers }),
        );
        const chunks = readRecording(await collect(Payload as Readable)) ?? [];
        assert.deepEqual(
          chunks.map(({ FragmentNumber, ProducerTimestamp }) => [FragmentNumber, ProducerTimestamp]),
          some.map(({ FragmentNumber, ProducerTimestamp }) => [FragmentNumber, ProducerTimestamp]),
        );
      });
    });
  }

  it('is continued by the camera, with numbers that ascend', async () => {
    await withPast({ live: true }, async (rig, stream) => {
      await rig.clock.advance(30_000);
      const stored = [...stream.stored()].slice(-20);
      assert.ok(stream.fragments.length > 5);
      for (const [index, fragment] of stored.entries()) {
        const before = stored[index - 1];
        if (before !== undefined) {
          assert.equal(fragment.position, before.position + 1);
          assert.equal(fragment.ProducerTimestamp, (before.ProducerTimestamp ?? 0) + before.durationMs);
          assert.ok(BigInt(fragment.FragmentNumber ?? 0) > BigInt(before.FragmentNumber ?? 0));
        }
      }
    });
  });

  it('ages out, and says so in the service’s words', async () => {
    await withPast({ retentionMs: HOUR }, async (rig, stream) => {
      const count = () => [...stream.stored()].length;
      const before = count();
      const oldest = stream.oldest?.FragmentNumber ?? '';
      await rig.clock.advance(30 * MINUTE);
      assert.ok(Math.abs(count() - before / 2) < 5);
      const end = rig.clock.now() - HOUR - 1;
      assert.match((await failure(list(rig, 0, end))).message, /^End timestamp \d+ is outside of the stream/);
      assert.ok((await list(rig, end - HOUR, end + MINUTE)).length > 5);
      assert.equal(stream.find(oldest), undefined);
      assert.equal(stream.from(0)?.FragmentNumber, stream.oldest?.FragmentNumber);
    });
  });

  it('has gaps where it was told', async () => {
    const recordedGaps = [{ beginsAgoMs: 30 * MINUTE, lengthMs: 5 * MINUTE }];
    await withPast({ recordedGaps }, async (rig, stream) => {
      const end = rig.clock.now();
      const times = [...stream.stored()].map(({ ProducerTimestamp = 0 }) => end - ProducerTimestamp);
      assert.equal(times.filter((ago) => ago <= 30 * MINUTE && ago > 25 * MINUTE).length, 0);
      const listed = await list(rig, end - 40 * MINUTE, end - 20 * MINUTE);
      assert.equal(listed.length, times.filter((ago) => ago <= 40 * MINUTE && ago >= 20 * MINUTE).length);
      const into = await rig.open(NAME, {
        StartSelectorType: 'PRODUCER_TIMESTAMP',
        StartTimestamp: new Date(end - 28 * MINUTE),
      });
      const [first] = (await into[Symbol.asyncIterator]().next()).value as Buffer;
      assert.equal(first, 0x1a, 'reads on after the gap');
      into.destroy();
    });
  });

  it('takes no memory for six hours, and lists all of them', async function () {
    // Each of its 10,800 fragments is made to be described.
    this.timeout(60_000);
    await withPast({ recordedMs: 6 * HOUR }, async (rig, stream) => {
      const end = rig.clock.now();
      const all = await list(rig, end - 6 * HOUR, end);
      assert.equal(new Set(all.map(({ FragmentNumber }) => FragmentNumber)).size, all.length);
      assert.equal(all.length, stream.recordedCount);
      assert.equal(all.length, 10_800);
      assert.equal(stream.fragments.length, 0);
      assert.equal(stream.ownedBytes, 0);
    });
  });

  it('is the same for the same seed and time', () => {
    const numbers = () => {
      const simulator = new Simulator({ clock: new VirtualClock(), seed: 3 });
      const stream = simulator.addStream({ name: NAME, live: false, recordedMs: HOUR });
      return [...stream.stored()].map(({ FragmentNumber }) => FragmentNumber);
    };
    assert.deepEqual(numbers(), numbers());
  });
});
