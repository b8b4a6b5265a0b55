import assert from 'node:assert/strict';
import { collectGarbage } from '../../testing/collect-garbage';
import { makeChunk } from '../../testing/made-chunks';
import { SessionRig } from '../../testing/session-rig';
import { settle } from '../../testing/virtual-clock';

const AT = 1_700_000_000_000;

describe('the memory of a session', () => {
  for (const inheritTags of [false, true]) {
    it(`has no chunk that was delivered, tags ${inheritTags ? '' : 'not '}taken over`, async () => {
      const rig = new SessionRig({ inheritTags });
      rig.session.start();
      await settle();
      const response = rig.service.last.open();
      await settle();
      for (const sequence of [1, 2, 3]) {
        response.push(
          makeChunk({ sequence, at: AT + 1_000 * sequence, frames: [0, 500], frameBytes: 100_000 }),
        );
      }
      await settle();
      const delivered = rig.chunks.splice(0).map(({ data }) => new WeakRef(data.buffer));
      await collectGarbage();
      assert.deepEqual(
        delivered.map((memory) => memory.deref()?.byteLength),
        [undefined, undefined, undefined],
      );
      rig.session.stop();
    });
  }
});
