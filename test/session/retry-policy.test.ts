import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idleWait, reactTo } from '../../src/session/retry-policy';
import type { ErrorClass } from '../../src/session/error-table';

const waits = (errorClass: ErrorClass, keepTrying: boolean, chance: number): (number | 'stop')[] =>
  [1, 2, 3, 4, 5, 6, 7, 8].map((n) => {
    const reaction = reactTo(errorClass, { inRow: n, sameClass: n }, keepTrying, () => chance);
    return reaction.action === 'stop' ? 'stop' : reaction.retryInMs;
  });

describe('the reaction to a failure', () => {
  it('waits longer and longer where a moment may help, at most 30 s', () => {
    assert.deepEqual(waits('transient', true, 0.999999), [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  });

  it('draws the wait at random over the whole window, but leaves the service in peace for a moment', () => {
    assert.deepEqual(new Set(waits('transient', true, 0)), new Set([100]));
    assert.deepEqual(new Set(waits('throttled', true, 0)), new Set([1000]));
  });

  it('asks a refusing service after one to five minutes, drawn at random, over a window that grows', () => {
    const first = (chance: number) => waits('refused', true, chance).slice(0, 4);
    assert.deepEqual(first(0), [60_000, 60_000, 60_000, 60_000]);
    assert.deepEqual(first(0.5), [90_000, 150_000, 180_000, 180_000]);
    assert.deepEqual(first(0.999999), [120_000, 240_000, 300_000, 300_000]);
  });

  it('ends at a refusal where it is not to keep trying', () => {
    assert.deepEqual(new Set(waits('refused', false, 0)), new Set(['stop']));
  });

  it('ends at a wrong setting, whatever it is to keep trying', () => {
    assert.deepEqual(new Set(waits('configuration', true, 0)), new Set(['stop']));
  });

  for (const errorClass of ['endpoint', 'credentials', 'clock', 'position'] as const) {
    it(`answers ${errorClass} at once the first time and not the second`, () => {
      const [first, second] = waits(errorClass, true, 0.5);
      assert.equal(first, 0);
      assert.ok(typeof second === 'number' && second > 0);
    });
  }

  it('never waits a negative or endless time', () => {
    const classes = fc.constantFrom<ErrorClass>('throttled', 'transient', 'endpoint', 'clock', 'refused');
    fc.assert(
      fc.property(
        classes,
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (kind, n, r) => {
          const reaction = reactTo(kind, { inRow: n, sameClass: n }, true, () => r);
          assert.ok(reaction.action === 'retry' && reaction.retryInMs >= 0 && reaction.retryInMs <= 300_000);
        },
      ),
    );
  });

  it('asks an idle stream after 1 s to 2 s, growing to 10 s, at random', () => {
    const waits = (random: number) => [1, 2, 3, 4, 5, 500].map((empty) => idleWait(empty, () => random));
    assert.deepEqual(waits(1), [2000, 4000, 8000, 10_000, 10_000, 10_000]);
    assert.deepEqual(waits(0), [1000, 2000, 4000, 5000, 5000, 5000]);
  });
});
