import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareFragmentNumbers, readFragmentNumber } from '../../src/session/fragment-number';

describe('fragment numbers', () => {
  it('compare as integers', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 50n });
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        assert.equal(Math.sign(compareFragmentNumbers(String(a), String(b))), a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('tell sequence and server time in the form that AWS uses today', () => {
    const parts = readFragmentNumber('91343852333181432392682062607743920146159169392');
    assert.equal(parts?.ServerTimestamp, 1_511_852_109_126);
    const next = readFragmentNumber('91343852333181432397633822764885441901553019108');
    assert.equal(typeof next?.sequence, 'bigint');
  });

  it('tell every sequence and every server time', () => {
    // Higher ones would have more digits.
    const sequences = fc.bigInt({ min: 0n, max: 2n ** 60n });
    const times = fc.nat(2 ** 31 - 1).map((seconds) => seconds * 1_000);
    const hex = (value: bigint | number, digits: number): string => value.toString(16).padStart(digits, '0');
    fc.assert(
      fc.property(sequences, times, fc.nat(2 ** 28 - 1), (sequence, ServerTimestamp, random) => {
        const digits = `0x1${hex(sequence, 16)}${hex(ServerTimestamp, 16)}${hex(random, 7)}`;
        assert.deepEqual(readFragmentNumber(BigInt(digits).toString()), { sequence, ServerTimestamp });
      }),
    );
  });

  it('tell nothing in any other form', () => {
    const tooLate = BigInt(`0x1${'0'.repeat(16)}${'f'.repeat(16)}${'0'.repeat(7)}`).toString();
    for (const number of [
      '',
      '1',
      '123456789',
      `9${'0'.repeat(60)}`,
      '9'.repeat(47),
      '1'.repeat(47),
      tooLate,
    ]) {
      assert.equal(readFragmentNumber(number), undefined, number);
    }
  });
});
