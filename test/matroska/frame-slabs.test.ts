import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameSlabs } from '../../src/matroska/frame-slabs';
import { PROPERTY_SEED, cases } from '../../testing/properties';
import { heldBytes } from './allocations';

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}

describe(`the slabs of frames (seed ${PROPERTY_SEED})`, () => {
  const size = fc.oneof(fc.nat({ max: 70_000 }), fc.constantFrom(0, 4_095, 4_096, 4_104, 65_536, 65_537));
  /** Frames of two readers, some of which nobody takes. */
  const frames = fc.array(fc.record({ size, reader: fc.nat({ max: 1 }), isTaken: fc.boolean() }), {
    maxLength: 60,
    size: 'max',
  });

  it('give each frame that is taken a place of its own', () => {
    fc.assert(
      fc.property(frames, (all) => {
        const readers = [new FrameSlabs(), new FrameSlabs()];
        const taken: Buffer[] = [];
        for (const [i, frame] of all.entries()) {
          const memory = readers[frame.reader]?.allocate(frame.size).fill(i + 1);
          if (memory !== undefined && frame.isTaken) {
            taken.push(memory);
          } else if (memory !== undefined) {
            readers[frame.reader]?.takeBack(memory);
          }
        }
        const expected = all.flatMap(({ size: bytes, isTaken }, i) =>
          isTaken ? [{ bytes, fill: i + 1 }] : [],
        );
        for (const [i, { bytes, fill }] of expected.entries()) {
          assert.ok(taken[i]?.equals(Buffer.alloc(bytes, fill)));
        }
      }),
      cases(300),
    );
  });

  it('keep less than three times what is kept of one reader, whatever came between', () => {
    fc.assert(
      fc.property(frames, (all) => {
        const readers = [new FrameSlabs(), new FrameSlabs()];
        const taken: Buffer[] = [];
        for (const frame of all) {
          const memory = readers[frame.reader]?.allocate(frame.size);
          if (memory !== undefined && frame.isTaken && frame.reader === 0) {
            taken.push(memory);
          } else if (memory !== undefined && !frame.isTaken) {
            readers[frame.reader]?.takeBack(memory);
          }
        }
        assert.ok(heldBytes(taken) <= 3 * sum(taken.map(({ length }) => length)));
      }),
      cases(1_000),
    );
  });

  it('are shared where many frames come in a row', () => {
    const slabs = new FrameSlabs();
    const taken = Array.from({ length: 100 }, () => slabs.allocate(30_000));
    assert.ok(new Set(taken.map(({ buffer }) => buffer)).size < 20);
    assert.ok(taken.every(({ byteOffset }) => byteOffset % 8 === 0));
  });
});
