import assert from 'node:assert/strict';
import type { SessionOptions } from '../../src/session';
import type { HeldChunk } from '../../testing/scripted-service';
import { SessionRig, makeChunks } from '../../testing/session-rig';

describe('a bounded session', () => {
  let chunks: HeldChunk[];
  before(() => {
    chunks = makeChunks(6);
  });

  const held = (index: number): HeldChunk => {
    const chunk = chunks[index];
    assert.ok(chunk);
    return chunk;
  };
  const bytes = (from: number, to: number): Buffer =>
    Buffer.concat(chunks.slice(from, to).map((chunk) => chunk.bytes));
  const numbers = (count: number): string[] => chunks.slice(0, count).map((chunk) => chunk.FragmentNumber);
  const fromFirst = (): SessionOptions['startSelector'] => ({
    StartSelectorType: 'SERVER_TIMESTAMP',
    StartTimestamp: held(0).ServerTimestamp,
  });

  /** A session that has been sent all six chunks in one response. */
  async function readAll(options: Partial<SessionOptions>): Promise<SessionRig> {
    const rig = new SessionRig(options);
    await rig.start();
    rig.service.last.open().push(bytes(0, 6));
    await rig.settle();
    return rig;
  }

  function assertComplete(rig: SessionRig, count: number, reason = 'until'): void {
    assert.deepEqual(rig.numbers, numbers(count));
    assert.deepEqual(rig.ends, [{ reason, chunks: count, FragmentNumber: held(count - 1).FragmentNumber }]);
    assert.equal(rig.stateName(), 'stopped');
    assert.equal(rig.clock.pending, 0);
    assert.deepEqual(rig.errors, []);
  }

  it('ends after so many chunks', async () => {
    assertComplete(await readAll({ until: { chunks: 3 } }), 3);
  });

  it('ends after the chunk with the fragment number, which is inclusive', async () => {
    assertComplete(await readAll({ until: { FragmentNumber: held(3).FragmentNumber } }), 4);
  });

  it('ends before a chunk with a later fragment number, where the one named does not exist', async () => {
    const last = (BigInt(held(2).FragmentNumber) + 1n).toString();
    assertComplete(await readAll({ until: { FragmentNumber: last } }), 3);
  });

  it('ends after the last chunk that begins before a time', async () => {
    const until = { at: held(3).ServerTimestamp };
    assertComplete(await readAll({ startSelector: fromFirst(), until }), 3);
    assertComplete(await readAll({ startSelector: fromFirst(), until: { at: until.at + 1 } }), 4);
  });

  it('ends when the head of the next chunk has come, and does not wait for its media', async () => {
    const rig = new SessionRig({ startSelector: fromFirst(), until: { at: held(1).ServerTimestamp } });
    await rig.start();
    const response = rig.service.last.open();
    response.push(held(0).bytes);
    await rig.settle();
    assert.deepEqual(rig.ends, []);
    response.push(held(1).bytes.subarray(0, held(1).bytes.length - 400));
    await rig.settle();
    assertComplete(rig, 1);
    assert.ok(response.closed);
  });

  it('ends after so much media', async () => {
    const rig = await readAll({ until: { mediaMs: 1 } });
    assertComplete(rig, 1);
  });

  it('takes the bound that is reached first', async () => {
    assertComplete(await readAll({ until: { chunks: 2, FragmentNumber: held(4).FragmentNumber } }), 2);
  });

  it('sends no frame of what comes after the bound', async () => {
    const until = { at: held(2).ServerTimestamp };
    const rig = await readAll({ startSelector: fromFirst(), emit: 'frame', until });
    assert.deepEqual([...new Set(rig.frames.map((frame) => frame.FragmentNumber))], numbers(2));
    assert.equal(rig.ends[0]?.chunks, 2);
  });

  it('fetches a truncated chunk again before it ends', async () => {
    const rig = new SessionRig({ until: { chunks: 2 } });
    await rig.start();
    const response = rig.service.last.open();
    response.push(Buffer.concat([held(0).bytes, held(1).bytes.subarray(0, 2_000)]));
    response.end();
    await rig.settle();
    assert.deepEqual(rig.ends, []);
    rig.service.last.open().push(bytes(1, 3));
    await rig.settle();
    assertComplete(rig, 2);
  });

  it('sends what waits for acknowledgements before it says that it is complete', async () => {
    const rig = await readAll({ until: { chunks: 3 }, maxInFlight: 1 });
    assert.deepEqual([rig.numbers, rig.ends], [numbers(1), []]);
    await rig.acknowledgeAll();
    assertComplete(rig, 3);
    assert.equal(rig.checkpoints.at(-1)?.FragmentNumber, held(2).FragmentNumber);
  });

  it('moves the checkpoint by acknowledgements that come after its end', async () => {
    const rig = await readAll({ until: { chunks: 2 }, maxInFlight: 5 });
    assertComplete(rig, 2);
    assert.ok(rig.session.acknowledge(held(0).FragmentNumber));
    assert.ok(rig.session.acknowledge(held(1).FragmentNumber));
    assert.equal(rig.checkpoints.at(-1)?.FragmentNumber, held(1).FragmentNumber);
  });

  it('says nothing more when it is stopped at its last chunk', async () => {
    const rig = new SessionRig({ until: { chunks: 6 } });
    await rig.start();
    rig.service.last.open().push(bytes(0, 5));
    await rig.settle();
    rig.session.stop();
    assert.deepEqual([rig.ends, rig.stateName()], [[], 'stopped']);
  });

  describe('without further media', () => {
    let answered: number;
    beforeEach(() => {
      answered = 1;
    });

    /** The service answers every call with a response that it ends after 3 s without media. */
    async function answerWithNothing(rig: SessionRig, forMs: number): Promise<void> {
      for (let passed = 0; passed < forMs && rig.stateName() !== 'stopped'; passed += 1_000) {
        await rig.clock.advance(1_000);
        if (rig.service.calls.length > answered) {
          answered = rig.service.calls.length;
          const response = rig.service.last.open();
          rig.clock.after(3_000, () => {
            response.end();
          });
        }
        await rig.settle();
      }
    }

    async function readTwo(until: SessionOptions['until'], startAt = 0): Promise<SessionRig> {
      const rig = new SessionRig({ startSelector: fromFirst(), ...(until && { until }) });
      rig.clock.setWall(held(0).ServerTimestamp + startAt - rig.clock.now());
      await rig.start();
      const response = rig.service.last.open();
      response.push(bytes(0, 2));
      response.end();
      await rig.settle();
      return rig;
    }

    it('ends when its time has passed by 10 s and the service has nothing more', async () => {
      const rig = await readTwo({ at: held(0).ServerTimestamp + 30_000 });
      await answerWithNothing(rig, 39_000);
      assert.deepEqual(rig.ends, []);
      await answerWithNothing(rig, 15_000);
      assertComplete(rig, 2);
    });

    it('takes media that come late, within 10 s after its time', async () => {
      const rig = await readTwo({ at: held(5).ServerTimestamp + 1 }, 60_000);
      await answerWithNothing(rig, 5_000);
      while (rig.service.calls.length === answered) {
        await rig.clock.advance(500);
      }
      assert.deepEqual(rig.ends, []);
      const response = rig.service.last.open();
      response.push(bytes(2, 4));
      await rig.settle();
      assert.equal(rig.chunks.length, 4);
    });

    it('ends when the stream has been silent for long enough', async () => {
      const rig = await readTwo({ silentMs: 8_000 });
      await answerWithNothing(rig, 7_000);
      assert.deepEqual(rig.ends, []);
      await answerWithNothing(rig, 10_000);
      assertComplete(rig, 2, 'silent');
    });

    it('does not take a service that cannot be reached for a silent stream', async () => {
      const rig = await readTwo({ silentMs: 8_000, at: held(5).ServerTimestamp });
      for (let call = 0; call < 10; call += 1) {
        rig.service.last.fail(new Error('no way there'));
        await rig.clock.advance(30_000);
      }
      assert.deepEqual(rig.ends, []);
    });

    it('ends without a chunk where none ever came', async () => {
      const rig = new SessionRig({ until: { silentMs: 2_000 } });
      await rig.start();
      const response = rig.service.last.open();
      await rig.clock.advance(3_000);
      response.end();
      await rig.settle();
      assert.deepEqual(rig.ends, [{ reason: 'silent', chunks: 0 }]);
    });
  });
});
