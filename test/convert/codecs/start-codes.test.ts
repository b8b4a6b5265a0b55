import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { StartCodeScan } from '../../../src/convert/codecs/start-codes';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../../../testing/properties';

const MOST = 16;

/** As ISO/IEC 14496-10, annex B, says it, byte by byte; undefined for what is no such stream, or has too many. */
function expected(frame: Buffer): number[] | undefined {
  const codes: number[] = [];
  for (let at = 0; at + 3 <= frame.length; at++) {
    if (frame[at] === 0 && frame[at + 1] === 0 && frame[at + 2] === 1) {
      codes.push(at);
    }
  }
  const nals: number[] = [];
  for (const [i, code] of codes.entries()) {
    const start = code + 3;
    let end = codes[i + 1] ?? frame.length;
    while (end > start && frame[end - 1] === 0) {
      end -= 1;
    }
    if (end > start) {
      nals.push(start, end);
    }
  }
  const before = frame.subarray(0, codes[0] ?? frame.length);
  return before.some((byte) => byte !== 0) || nals.length > MOST ? undefined : nals;
}

describe(`start codes (seed ${PROPERTY_SEED})`, function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('are found wherever they are, in however many parts a frame is read', () => {
    const byte = fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.constant(1) },
      { weight: 2, arbitrary: fc.integer({ min: 2, max: 255 }) },
    );
    const run = fc.array(byte, { maxLength: 40 });
    const part = fc.oneof(
      run,
      fc.nat(30).map((zeros) => new Array<number>(zeros).fill(0)),
    );
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(part, { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        (begins, parts, step) => {
          const frame = Buffer.from([...(begins ? [0, 0, 1] : []), ...parts.flat()]);
          const scan = new StartCodeScan(frame, MOST);
          for (let to = step; !scan.read(to); to += step) {
            assert.ok(to < frame.length);
          }
          assert.deepEqual(scan.hasFailed ? undefined : scan.nals, expected(frame));
        },
      ),
      cases(),
    );
  });

  it('are not there in an empty frame, nor in zeros alone', () => {
    for (const bytes of [0, 1, 2, 1000]) {
      const scan = new StartCodeScan(Buffer.alloc(bytes), MOST);
      assert.ok(scan.read(bytes));
      assert.deepEqual([scan.nals, scan.hasFailed], [[], false]);
    }
  });
});
