import assert from 'node:assert/strict';
import { ConnectionSlots, PointBudget } from '../../src/archive/budgets';

const never = new AbortController().signal;

describe('a budget of points', () => {
  it('gives the points of one second at once, and then as they come up', () => {
    const budget = new PointBudget(1_000);
    assert.equal(budget.take('a', 1_000, 10_000), 0);
    assert.equal(budget.take('a', 500, 10_000), 500);
    assert.equal(budget.take('a', 500, 10_000), 1_000);
    assert.equal(budget.take('a', 1, 12_000), 0);
  });

  it('counts each stream for itself', () => {
    const budget = new PointBudget(10);
    budget.take('a', 100, 0);
    assert.equal(budget.take('b', 10, 0), 0);
  });

  it('never gives more in any second than come up in two', () => {
    const budget = new PointBudget(100);
    const given: { at: number; points: number }[] = [];
    for (let now = 5_000; now < 15_000; now += 37) {
      const points = 1 + ((now * 7) % 60);
      given.push({ at: now + budget.take('a', points, now), points });
    }
    for (const { at } of given) {
      const inSecond = given.filter((each) => each.at >= at && each.at < at + 1_000);
      assert.ok(inSecond.reduce((sum, { points }) => sum + points, 0) <= 260);
    }
  });
});

describe('connection slots', () => {
  it('are given in the order in which they are asked for, so many at a time', async () => {
    const slots = new ConnectionSlots(2);
    const order: string[] = [];
    const [first, second] = [await slots.acquire('a', never), await slots.acquire('a', never)];
    const third = slots.acquire('a', never).then((release) => (order.push('third'), release));
    const fourth = slots.acquire('a', never).then((release) => (order.push('fourth'), release));
    await slots.acquire('b', never);
    assert.deepEqual(order, []);
    second();
    await third;
    assert.deepEqual(order, ['third']);
    first();
    await fourth;
    assert.deepEqual(order, ['third', 'fourth']);
  });

  it('are not held by one who has left the queue', async () => {
    const slots = new ConnectionSlots(1);
    const release = await slots.acquire('a', never);
    const left = new AbortController();
    const waiting = slots.acquire('a', left.signal);
    const reason = new Error('left');
    left.abort(reason);
    await assert.rejects(waiting, reason);
    const next = slots.acquire('a', never);
    release();
    (await next)();
    (await slots.acquire('a', never))();
  });
});
