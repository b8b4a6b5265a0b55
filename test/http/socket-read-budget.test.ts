import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SocketReadBudget, type BudgetedReader } from '../../src/http/socket-read-budget';

/** A reader whose slices take six tenths of a millisecond each, for as long as it is let. */
class Reader implements BudgetedReader {
  isHeld = false;

  hold(): void {
    this.isHeld = true;
  }

  unhold(): void {
    this.isHeld = false;
  }
}

describe('SocketReadBudget', () => {
  let now: number;
  let budget: SocketReadBudget;
  let readers: readonly [Reader, Reader];

  beforeEach(() => {
    now = 0;
    budget = new SocketReadBudget(() => now);
    readers = [new Reader(), new Reader()];
  });

  /** Lets the readers bring slices in turns, until all of them are held; gives how many. */
  const readUntilHeld = (...all: readonly Reader[]): number => {
    for (let slices = 0; ; slices += all.length) {
      if (all.every(({ isHeld }) => isHeld)) {
        return slices;
      }
      for (const reader of all) {
        now += 0.6;
        budget.spend(reader);
      }
    }
  };

  it('holds several readers after a millisecond, for the rest of the turn', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal(readUntilHeld(...readers), 6);
      await nextTurn();
      assert.ok(readers.every(({ isHeld }) => !isHeld));
    }
  });

  it('holds a reader that is alone after four milliseconds, once it has been alone for a turn', async () => {
    const [reader] = readers;
    assert.equal(readUntilHeld(reader), 5);
    await nextTurn();
    assert.equal(readUntilHeld(reader), 9);
    await nextTurn();
    assert.equal(reader.isHeld, false);
  });

  it('holds it after a millisecond as soon as there is another one', async () => {
    const [reader, other] = readers;
    budget.spend(reader);
    await nextTurn();
    budget.spend(reader);
    budget.spend(other);
    assert.equal(readUntilHeld(reader), 3);
    assert.equal(readUntilHeld(other), 1);
    await nextTurn();
    assert.equal(readUntilHeld(reader), 5, 'the turn after, too');
  });
});
