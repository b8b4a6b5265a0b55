import assert from 'node:assert/strict';
import { EventLoopBudget, type BudgetedReader } from '../../src/http/event-loop-budget';
import { settle } from '../../testing/virtual-clock';

/** A socket whose every slice takes 0.3 ms. */
class Reader implements BudgetedReader {
  isHeld = false;
  readonly servedIn: number[] = [];
  #kept = 0;

  constructor(private readonly loop: Loop) {}

  /** Bytes have come from the network. */
  come(): void {
    if (this.#kept === 0 && this.loop.budget.admits(this)) {
      this.#serve();
    } else {
      this.#kept += 1;
    }
  }

  hold(): void {
    this.isHeld = true;
  }

  unhold(): void {
    this.isHeld = false;
    while (this.#kept > 0) {
      this.#kept -= 1;
      this.#serve();
    }
  }

  #serve(): void {
    this.loop.time += 0.3;
    this.servedIn.push(this.loop.turn);
    this.loop.budget.spent(this);
  }
}

class Loop {
  time = 1_000;
  turn = 0;
  readonly budget = new EventLoopBudget(() => this.time);

  async nextTurn(): Promise<void> {
    this.turn += 1;
    await settle();
  }
}

describe('the time that sockets are read in one turn of the event loop', () => {
  it('is bounded however many have bytes at the same time, and all have their turn, in order', async () => {
    const loop = new Loop();
    const readers = Array.from({ length: 200 }, () => new Reader(loop));
    readers.forEach((reader) => {
      reader.come();
    });
    while (readers.some(({ servedIn }) => servedIn.length === 0)) {
      await loop.nextTurn();
      assert.ok(loop.turn < 200, 'all are served some time');
    }
    const turns = readers.map(({ servedIn }) => servedIn[0] ?? assert.fail());
    assert.deepEqual(
      turns,
      turns.toSorted((a, b) => a - b),
      'first come, first served',
    );
    for (let turn = 0; turn <= loop.turn; turn += 1) {
      const served = turns.filter((each) => each === turn).length;
      assert.ok(served <= 4, `${served} in turn ${turn}`);
    }
    assert.ok(readers.every(({ servedIn }) => servedIn.length === 1));
  });

  it('ends with the slice at hand, and what follows of the same read is admitted', async () => {
    const loop = new Loop();
    const [reader, other] = [new Reader(loop), new Reader(loop)];
    for (let slice = 0; slice < 10; slice += 1) {
      reader.come();
    }
    assert.equal(reader.servedIn.length, 10);
    assert.ok(reader.isHeld);
    other.come();
    assert.equal(other.servedIn.length, 0);
    await loop.nextTurn();
    assert.ok(!reader.isHeld);
    assert.equal(other.servedIn.length, 1);
  });

  it('is whole again in a turn in which nobody waits', async () => {
    const loop = new Loop();
    const reader = new Reader(loop);
    reader.come();
    await loop.nextTurn();
    await loop.nextTurn();
    reader.come();
    assert.deepEqual(reader.servedIn, [0, 2]);
    assert.ok(!reader.isHeld);
  });
});
