import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CallLimiter } from '../../src/session/call-limiter';

describe('the limit of GetMedia calls', () => {
  it('lets five calls through, then says how long to wait', () => {
    const limiter = new CallLimiter(5, 1_200);
    assert.deepEqual(
      [0, 10, 20, 30, 40].map((now) => limiter.take('a', now)),
      [0, 0, 0, 0, 0],
    );
    assert.equal(limiter.take('a', 100), 1_100);
    assert.equal(limiter.take('a', 1_200), 0);
  });

  it('counts each stream by itself', () => {
    const limiter = new CallLimiter(1, 1_200);
    assert.equal(limiter.take('a', 0), 0);
    assert.equal(limiter.take('b', 0), 0);
  });

  it('never lets more than five calls into any second', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (steps) => {
        const limiter = new CallLimiter();
        const calls: number[] = [];
        let now = 0;
        for (const step of steps) {
          now += step;
          if (limiter.take('a', now) === 0) {
            calls.push(now);
          }
        }
        for (const call of calls) {
          assert.ok(calls.filter((other) => other >= call && other < call + 1_000).length <= 5);
        }
      }),
    );
  });
});
