import assert from 'node:assert/strict';
import fc from 'fast-check';
import { composeFragmentNumber, decomposeFragmentNumber } from '../../../src/simulator';
import { FragmentNumbers } from '../../../src/simulator/streams/fragment-number';

describe('simulator: fragment numbers', () => {
  it('takes a real one apart', () => {
    assert.deepEqual(decomposeFragmentNumber('91343852333181432392682062607743920146159169392'), {
      sequence: 1,
      serverTimestamp: 1511852109126,
    });
  });

  it('takes apart what it puts together, in 47 digits', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 40),
        fc.nat(2 ** 41),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (sequence, serverTimestamp, chance) => {
          const number = composeFragmentNumber({ sequence, serverTimestamp }, () => chance);
          assert.match(number, /^9\d{46}$/);
          assert.deepEqual(decomposeFragmentNumber(number), { sequence, serverTimestamp });
        },
      ),
    );
  });

  it('counts by one within a session and jumps to the next thousand for a new one', () => {
    const numbers = new FragmentNumbers(1_700_000_000_000, () => 0);
    const sequence = () => decomposeFragmentNumber(numbers.next(1_700_000_000_000)).sequence;
    const first = sequence();
    assert.equal(sequence(), first + 1);
    numbers.startSession();
    assert.equal(sequence(), first + 1000);
  });

  it('goes on above the numbers of an earlier run', () => {
    const earlier = new FragmentNumbers(1_700_000_000_000, () => 0.9);
    const last = Array.from({ length: 50 }, (_, index) => earlier.next(1_700_000_000_000 + index * 2000)).at(
      -1,
    );
    const later = new FragmentNumbers(1_700_000_002_000, () => 0).next(1_700_000_002_000);
    assert.ok(BigInt(later) > BigInt(last ?? '0'));
  });
});
