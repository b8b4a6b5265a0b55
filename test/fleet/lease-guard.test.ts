import { strict as assert } from 'node:assert';
import { elapsedMs, LeaseGuard } from '../../src/fleet';

describe('the guard in front of every message', () => {
  it('is closed before the first beat is confirmed', () => {
    assert.equal(new LeaseGuard(() => [0], 12_000).isOpen, false);
  });

  it('is open for its time from the first attempt at the confirmed beat, and not a moment longer', () => {
    let now = 1_000;
    const guard = new LeaseGuard(() => [now], 12_000);
    guard.confirm([500]);
    now = 12_499;
    assert.equal(guard.isOpen, true);
    assert.equal(guard.leftMs, 1);
    now = 12_500;
    assert.equal(guard.isOpen, false);
    assert.equal(guard.leftMs, 0);
  });

  it('closes for good when it is told to', () => {
    const guard = new LeaseGuard(() => [0], 12_000);
    guard.confirm([0]);
    guard.close();
    assert.equal(guard.isOpen, false);
  });

  it('takes the clock that has run furthest: a suspended machine stops some, people set others back', () => {
    assert.equal(elapsedMs([0, 1_000, 50], [10, 900, 4_050]), 4_000);
    let moment = [0, 0, 0];
    const guard = new LeaseGuard(() => moment, 12_000);
    guard.confirm([0, 0, 0]);
    moment = [1, -3_600_000, 12_000];
    assert.equal(guard.isOpen, false);
  });
});
