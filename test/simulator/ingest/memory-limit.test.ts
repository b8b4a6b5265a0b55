import assert from 'node:assert/strict';
import { limitMemory } from '../../../src/simulator/streams/memory-limit';
import { block, cluster, header, second } from '../matroska';
import { TestProducer } from '../producer';
import { withSimulator } from '../rig';
import { pushUrl } from './putting';

describe('simulator: memory of what was pushed', () => {
  it('forgets the oldest that was pushed, of whichever stream, and never what is still coming in', async () => {
    await withSimulator({}, async (rig) => {
      const size = second(0).length + header().length;
      for (const name of ['a', 'b', 'a', 'b', 'c']) {
        await new TestProducer(pushUrl(rig, name)).finish(Buffer.concat([header(), second(0)]));
        await rig.clock.advance(1000);
      }
      const open = new TestProducer(pushUrl(rig, 'd'));
      await open.send(Buffer.concat([header(), cluster(0, [block(1, 0, true)], false)]));
      await open.until('BUFFERING');
      const streams = [...rig.simulator.streams.values()];
      const counts = () => streams.map(({ name, fragments }) => `${name}${fragments.length}`).join(' ');
      // It takes more than has come in, as it grows.
      const growing = streams.at(-1)?.ownedBytes ?? 0;
      assert.equal(limitMemory(streams, growing + 4 * size), true);
      assert.equal(counts(), 'a1 b2 c1 d1');
      assert.equal(limitMemory(streams, growing + 2 * size, 2 * size), true);
      assert.equal(counts(), 'a0 b0 c0 d1');
      assert.equal(limitMemory(streams, growing - 1), false);
      assert.equal(counts(), 'a0 b0 c0 d1');
      open.abort();
    });
  });
});
