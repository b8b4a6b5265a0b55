import assert from 'node:assert/strict';
import { SessionRig, makeChunks } from '../../testing/session-rig';

const HOURS = 3_600_000;
const CHUNKS = makeChunks(8);

for (const [name, byMs] of [
  ['back by two hours', -2 * HOURS],
  ['forward by two hours', 2 * HOURS],
] as const) {
  describe(`a session whose machine’s clock is set ${name}`, () => {
    let rig: SessionRig;
    afterEach(() => {
      rig.session.stop();
    });

    it('notices a dead connection after the time that is set, not sooner and not later', async () => {
      rig = new SessionRig({ stallTimeoutMs: 20_000 });
      await rig.start();
      rig.service.last.open();
      await rig.settle();
      await rig.clock.advance(10_000);
      rig.clock.setWall(byMs);
      await rig.clock.advance(9_999);
      assert.equal(rig.errors.length, 0);
      await rig.clock.advance(1);
      assert.equal(rig.errors[0]?.ErrorType, 'StalledStream');
    });

    it('reports a late acknowledgement after the time that is set', async () => {
      rig = new SessionRig({ maxInFlight: 1, ackTimeoutMs: 60_000 });
      await rig.start();
      const response = rig.service.last.open();
      await rig.settle();
      response.push(CHUNKS[0]?.bytes ?? Buffer.alloc(0));
      await rig.clock.advance(30_000);
      rig.clock.setWall(byMs);
      await rig.clock.advance(29_999);
      assert.equal(rig.errors.length, 0);
      await rig.clock.advance(1);
      assert.deepEqual(
        rig.errors.map(({ ErrorType, statements }) => [ErrorType, statements[0]?.data['waitedMs']]),
        [['AckTimeout', 60_000]],
      );
    });

    it('makes no sixth call within a second, and does not wait for hours either', async () => {
      rig = new SessionRig();
      await rig.start();
      for (const [i, { bytes }] of CHUNKS.slice(0, 5).entries()) {
        const response = rig.service.last.open();
        await rig.settle();
        response.push(bytes);
        if (i === 4) {
          rig.clock.setWall(byMs);
        }
        response.end();
        await rig.settle();
      }
      assert.equal(rig.service.calls.length, 5);
      await rig.clock.advance(rig.clock.nextInMs ?? 0);
      await rig.settle();
      assert.equal(rig.service.calls.length, 6);
      assert.ok(rig.clock.monotonic() - 1_700_000_000_000 >= 1_000);
      assert.ok(rig.clock.monotonic() - 1_700_000_000_000 <= 1_200);
    });
  });
}
