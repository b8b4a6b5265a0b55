import assert from 'node:assert/strict';
import { constants, deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { inflate } from '../../../src/convert/input/inflate';
import { ConversionError } from '../../../src/convert/problems';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../../../testing/properties';

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
];
/** With repetitions, so that there is something to compress. */
const DATA = fc
  .array(
    fc
      .tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(30))
      .map(([bytes, times]) => Buffer.concat(new Array<Uint8Array>(times).fill(bytes))),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

describe(`inflating (seed ${PROPERTY_SEED})`, function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('gives what zlib deflated, however', () => {
    fc.assert(
      fc.property(
        DATA,
        fc.constantFrom(0, 1, 6, 9),
        fc.constantFrom(...STRATEGIES),
        (data, level, strategy) => {
          assert.ok(inflate(deflateSync(data, { level, strategy }), data.length).equals(data));
        },
      ),
      cases(),
    );
  });

  it('gives an error for what is cut, changed or too large, and never more than was allowed', () => {
    fc.assert(
      fc.property(DATA, fc.nat(), fc.integer({ min: 1, max: 255 }), (data, at, change) => {
        const deflated = deflateSync(data);
        const cut = deflated.subarray(0, at % deflated.length);
        assert.throws(() => inflate(cut, data.length), ConversionError);
        const changed = Buffer.from(deflated);
        const where = at % changed.length;
        changed[where] = (changed[where] ?? 0) ^ change;
        try {
          assert.ok(inflate(changed, data.length).equals(data));
        } catch (error) {
          assert.ok(error instanceof ConversionError);
        }
        if (data.length > 0) {
          assert.throws(() => inflate(deflated, data.length - 1), ConversionError);
        }
      }),
      cases(),
    );
  });

  it('takes no more memory than was allowed for what would become much larger', () => {
    const bomb = deflateSync(Buffer.alloc(16 * 1024 * 1024));
    assert.throws(() => inflate(bomb, 1024), {
      ErrorType: 'InvalidFrame',
      statement: { key: 'conversion.restoredTooLarge', data: { allowedBytes: 1024 } },
    });
  });
});
