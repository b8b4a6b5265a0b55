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

  it('tell nothing in any other form', () => {
    for (const number of ['', '1', '123456789', `9${'0'.repeat(60)}`]) {
      assert.equal(readFragmentNumber(number), undefined);
    }
  });
});
