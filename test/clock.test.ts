import assert from 'node:assert/strict';
import { systemClock } from '../src/clock';

describe('the system clock', () => {
  it('does not fire a timer of more than 2^31 ms at once', async () => {
    let fired = false;
    const cancels = [2 ** 31, 1e12].map((ms) =>
      systemClock.after(ms, () => {
        fired = true;
      }),
    );
    // Node.js fires a delay that is too long after 1 ms, so before this one.
    await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(fired, false);
    for (const cancel of cancels) {
      cancel();
    }
  });

  it('fires once after the time has passed, and not where it was cancelled', async () => {
    const fired: string[] = [];
    const cancel = systemClock.after(1, () => fired.push('cancelled'));
    cancel();
    cancel();
    await new Promise<void>((resolve) => {
      systemClock.after(2, () => {
        fired.push('due');
        resolve();
      });
    });
    assert.deepEqual(fired, ['due']);
  });

  it('measures durations whatever becomes of the wall clock', () => {
    const { now } = Date;
    const before = systemClock.monotonic();
    Date.now = () => 0;
    try {
      assert.equal(systemClock.now(), 0);
      assert.ok(systemClock.monotonic() >= before);
    } finally {
      Date.now = now;
    }
  });
});
