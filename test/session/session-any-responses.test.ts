import assert from 'node:assert/strict';
import fc from 'fast-check';
import { selected } from '../../testing/scripted-service';
import { SessionRig } from '../../testing/session-rig';
import { CHUNKS, NUMBERS, bytesOf, refusal } from './started-rig';

describe('a session, whatever happens to the responses', () => {
  /** What becomes of one response: truncated after so much of what it holds, then ended, broken or stalled. */
  const fates = fc.record({
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom('end', 'break', 'stall', 'refuse', 'in-band'),
    sliceSize: fc.constantFrom(1_000, 16_384, 1_000_000),
  });

  for (const emit of ['chunk', 'frame'] as const) {
    it(`every ${emit} comes exactly once and in order`, async function () {
      this.timeout(120_000);
      const reference = new SessionRig({ emit });
      await reference.start();
      const uncut = reference.service.last.open();
      await reference.settle();
      uncut.push(bytesOf(CHUNKS));
      await reference.settle();
      reference.session.stop();

      await fc.assert(
        fc.asyncProperty(
          fc.array(fates, { maxLength: 12 }),
          fc.integer({ min: 0, max: 4 }),
          async (plan, maxInFlight) => {
            const rig = new SessionRig({ emit, maxInFlight, stallTimeoutMs: 5_000 });
            await rig.start();
            const tries = new Map<string, number>();
            const queue = [...plan];
            for (let i = 0; i < 200 && rig.checkpoints.at(-1)?.FragmentNumber !== NUMBERS.at(-1); i++) {
              const fate = queue.shift();
              const held = selected(CHUNKS, rig.service.last.selector);
              const body = bytesOf(held);
              const end = Math.floor(body.length * (fate?.part ?? 1));
              // A chunk that comes truncated three times is given up by design, so none is truncated more than twice here.
              const hit =
                held.find((_, n) => bytesOf(held.slice(0, n + 1)).length > end)?.FragmentNumber ?? '';
              const hits = tries.get(hit) ?? 0;
              const harmless = fate === undefined || hits >= 2;
              tries.set(hit, hits + 1);
              if (fate?.end === 'refuse') {
                rig.service.last.fail(refusal('ServiceUnavailable', 503));
              } else {
                const response = rig.service.last.open();
                await rig.settle();
                response.push(harmless ? body : body.subarray(0, end), fate?.sliceSize);
                await rig.acknowledgeAll();
                if (fate?.end === 'break') {
                  response.breakOff();
                } else if (fate?.end !== 'stall') {
                  response.end();
                }
              }
              await rig.settle();
              while (
                rig.service.calls.length < i + 2 &&
                rig.clock.nextInMs !== undefined &&
                rig.clock.nextInMs < 600_000
              ) {
                await rig.clock.advance(rig.clock.nextInMs);
                await rig.settle();
              }
            }
            rig.session.stop();
            assert.equal(rig.clock.pending, 0);
            assert.deepEqual(rig.numbers, reference.numbers);
            assert.ok(rig.chunks.every(({ data }, i) => data.equals(CHUNKS[i]?.bytes ?? Buffer.alloc(0))));
            assert.deepEqual(
              rig.frames.map(({ FragmentNumber, index }) => [FragmentNumber, index]),
              reference.frames.map(({ FragmentNumber, index }) => [FragmentNumber, index]),
            );
          },
        ),
        { numRuns: 60 },
      );
    });
  }
});
