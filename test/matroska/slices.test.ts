import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KeptSlices } from '../../src/matroska/slices';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../support/properties';

function keep(bytes: Buffer, sizes: readonly number[], offset: number): KeptSlices {
  const kept = new KeptSlices();
  let at = 0;
  for (const size of sizes) {
    kept.append(bytes.subarray(at, at + size), offset + at);
    at += size;
  }
  return kept;
}

describe(`kept slices (seed ${PROPERTY_SEED})`, function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('give back any range of what was kept, from slices of any size', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1000, max: 3000 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(sizes, fc.nat(1000), fc.nat(), fc.nat(), (lengths, offset, a, b) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const bytes = Buffer.from(Array.from({ length: total }, (_, i) => (i * 31 + (i >> 8)) & 255));
        const kept = keep(bytes, lengths, offset);
        const [from, to] = [a % (total + 1), b % (total + 1)].sort((x, y) => x - y) as [number, number];
        const range = Buffer.alloc(to - from);
        kept.copy(offset + from, offset + to, range);
        assert.ok(range.equals(bytes.subarray(from, to)));
        assert.equal(kept.length, total);
        assert.ok(Buffer.concat(kept.take()).equals(bytes));
        assert.equal(kept.length, 0);
      }),
      cases(),
    );
  });

  it('are few, however small the slices', () => {
    const bytes = Buffer.alloc(100_000, 7);
    const kept = keep(bytes, new Array<number>(100_000).fill(1), 0);
    assert.ok(kept.take().length < 20);
  });

  it('refer to large slices instead of copying them', () => {
    const slice = Buffer.alloc(4096);
    const kept = new KeptSlices();
    kept.append(slice, 0);
    assert.equal(kept.take()[0]?.buffer, slice.buffer);
  });

  it('that were handed over are not written to any more', () => {
    const kept = new KeptSlices();
    kept.append(Buffer.from('first'), 0);
    const [first] = kept.take();
    kept.append(Buffer.from('other'), 5);
    assert.equal(first?.toString(), 'first');
  });
});
