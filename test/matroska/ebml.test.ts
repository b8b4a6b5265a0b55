import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ElementHeader, INCOMPLETE, MALFORMED, READ, UNKNOWN_SIZE, Vint } from '../../src/matroska/ebml';
import { size, unknownSize } from '../../testing/matroska-writer';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../../testing/properties';

function vint(hex: string): { outcome: number; value: number; length: number } {
  const bytes = Buffer.from(hex, 'hex');
  const reader = new Vint();
  const outcome = reader.read(bytes, 0, bytes.length);
  return { outcome, value: reader.value, length: reader.length };
}

function header(hex: string): { outcome: number; id: number; size: number; length: number } {
  const bytes = Buffer.from(hex, 'hex');
  const reader = new ElementHeader();
  const outcome = reader.read(bytes, 0, bytes.length);
  return { outcome, id: reader.id, size: reader.size, length: reader.length };
}

describe(`a variable-size integer (seed ${PROPERTY_SEED})`, function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('is read at every width up to 2^53 - 1', () => {
    const valueAndWidth = fc.integer({ min: 1, max: 8 }).chain((width) =>
      fc.tuple(
        fc.maxSafeInteger().map((value) => Math.abs(value) % Math.min(2 ** (7 * width) - 1, 2 ** 53)),
        fc.constant(width),
      ),
    );
    fc.assert(
      fc.property(valueAndWidth, ([value, width]) => {
        assert.deepEqual(vint(size(value, width).toString('hex')), { outcome: READ, value, length: width });
      }),
      cases(),
    );
  });

  for (let width = 1; width <= 8; width++) {
    it(`of ${width} bytes with all bits set is the unknown size`, () => {
      assert.deepEqual(vint(unknownSize(width).toString('hex')), {
        outcome: READ,
        value: UNKNOWN_SIZE,
        length: width,
      });
    });

    it(`of ${width} bytes is incomplete as long as a byte is missing`, () => {
      const bytes = size(5, width);
      for (let there = 0; there < width; there++) {
        assert.equal(vint(bytes.subarray(0, there).toString('hex')).outcome, INCOMPLETE);
      }
    });
  }

  it('is refused above 2^53 - 1, where numbers cannot tell neighbours apart', () => {
    assert.equal(vint('011fffffffffffff').value, Number.MAX_SAFE_INTEGER);
    assert.equal(vint('0120000000000000').outcome, MALFORMED);
    assert.equal(vint('01fffffffffffffe').outcome, MALFORMED);
  });

  it('is refused at its first byte if that has no length', () => {
    assert.equal(vint('00').outcome, MALFORMED);
  });
});

describe('the header of an element', () => {
  it('is read with ids of 1 to 4 bytes and sizes of any width', () => {
    assert.deepEqual(header('a385'), { outcome: READ, id: 0xa3, size: 5, length: 2 });
    assert.deepEqual(header('a34005'), { outcome: READ, id: 0xa3, size: 5, length: 3 });
    assert.deepEqual(header('a37ffe'), { outcome: READ, id: 0xa3, size: 0x3ffe, length: 3 });
    assert.deepEqual(header('428288'), { outcome: READ, id: 0x4282, size: 8, length: 3 });
    assert.deepEqual(header('2ad7b110000003'), { outcome: READ, id: 0x2ad7b1, size: 3, length: 7 });
    assert.deepEqual(header('1853806701ffffffffffffff'), {
      outcome: READ,
      id: 0x18538067,
      size: UNKNOWN_SIZE,
      length: 12,
    });
    assert.equal(header('a37fff').size, UNKNOWN_SIZE);
    assert.equal(header('a3ff').size, UNKNOWN_SIZE);
  });

  it('is incomplete at every byte but the last', () => {
    const bytes = '1f43b67510abcdef';
    for (let there = 0; there < bytes.length; there += 2) {
      assert.equal(header(bytes.slice(0, there)).outcome, INCOMPLETE);
    }
    assert.equal(header(bytes).outcome, READ);
  });

  it('is refused at its first byte if the id were longer than Matroska allows', () => {
    for (const first of ['00', '08', '0f']) {
      assert.equal(header(first).outcome, MALFORMED);
    }
  });

  it('is refused if the id has all bits clear or all bits set', () => {
    for (const id of ['80', 'ff', '4000', '7fff', '200000', '3fffff', '10000000', '1fffffff']) {
      assert.equal(header(`${id}80`).outcome, MALFORMED, id);
    }
  });
});
