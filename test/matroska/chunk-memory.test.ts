import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ChunkMemory } from '../../src/matroska/chunk-memory';
import { collectGarbage } from '../../testing/collect-garbage';
import { ID, chunk, element, elementOfUnknownSize, simpleBlock, uint } from '../../testing/matroska-writer';
import { allocations, copiedBytes, views } from './allocations';
import { Recorder } from './recorded';

const KB = 1024;
const MB = 1024 * KB;

/** A chunk with a key frame of that many bytes. */
function chunkOf(bytes: number, isSized: boolean): Buffer {
  const content = Buffer.concat([uint(ID.Timestamp, 0), simpleBlock(1, 0, 0x80, Buffer.alloc(bytes, bytes))]);
  return chunk({
    cluster: isSized ? element(ID.Cluster, content) : elementOfUnknownSize(ID.Cluster, 1, content),
  });
}

describe("a chunk's memory", () => {
  it('gives back any range of what was kept, whatever was expected, though the slices are overwritten', () => {
    const sizes = fc.array(fc.oneof(fc.nat(30), fc.integer({ min: 1000, max: 90_000 })), { maxLength: 20 });
    fc.assert(
      fc.property(sizes, fc.nat(1000), fc.nat(500_000), fc.nat(), fc.nat(), (lengths, offset, said, a, b) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const bytes = Buffer.from(Array.from({ length: total }, (_, i) => (i * 31 + (i >> 8)) & 255));
        const memory = new ChunkMemory(MB);
        memory.expect(said);
        let at = 0;
        for (const length of lengths) {
          const slice = Buffer.from(bytes.subarray(at, at + length));
          memory.append(slice, offset + at);
          slice.fill(0xff);
          at += length;
        }
        const [from = 0, to = 0] = [a % (total + 1), b % (total + 1)].sort((x, y) => x - y);
        const range = Buffer.alloc(to - from);
        memory.copy(offset + from, offset + to, range);
        assert.ok(range.equals(bytes.subarray(from, to)));
        memory.discardBefore(offset + from);
        assert.equal(memory.length, total - from);
        assert.ok(memory.take().equals(bytes.subarray(from)));
        assert.equal(memory.length, 0);
      }),
    );
  });

  for (const [what, options] of [
    ['of a chunk', {}],
    ['of a frame', { frames: true, chunkData: false, keepsFrames: () => false }],
  ] as const) {
    it(`${what} takes slices without a view or an object of memory for any of them`, () => {
      const recorder = new Recorder(options)
        .write(chunkOf(MB, true), 16 * KB)
        .write(chunkOf(MB, true), 16 * KB);
      const bytes = chunkOf(MB, true);
      const slices = Array.from({ length: 60 }, (_, i) => bytes.subarray(i * 16 * KB, (i + 1) * 16 * KB));
      for (const slice of slices.splice(0, 20)) {
        recorder.reader.write(slice);
      }
      let made = 0;
      const allocated = allocations(() => {
        made = views(() => {
          for (const slice of slices) {
            recorder.reader.write(slice);
          }
        });
      });
      assert.deepEqual([made, allocated], [0, []]);
    });
  }

  it('is handed over as it is where it fits, and then is not written to any more', () => {
    const memory = new ChunkMemory(MB);
    memory.append(Buffer.alloc(64 * KB, 1), 0);
    const first = memory.claim();
    memory.append(Buffer.alloc(64 * KB, 2), 64 * KB);
    assert.equal(first?.length, 64 * KB);
    assert.ok(first.every((byte) => byte === 1));
    assert.notEqual(memory.claim()?.buffer, first.buffer);
  });

  it('is handed over as young memory, however long it took to fill it', async () => {
    const memory = new ChunkMemory(64 * MB);
    memory.expect(16 * MB);
    for (let at = 0; at < 16 * MB; at += MB) {
      memory.append(Buffer.alloc(MB), at);
      await collectGarbage('minor');
    }
    const before = process.memoryUsage().arrayBuffers;
    assert.equal(memory.claim()?.length, 16 * MB);
    for (let i = 0; i < 3; i++) {
      await collectGarbage('minor');
    }
    const freed = before - process.memoryUsage().arrayBuffers;
    assert.ok(freed > 15 * MB, `${freed} bytes were freed without a full collection`);
  });

  it('is not handed over where more than an eighth of it would be wasted', () => {
    const memory = new ChunkMemory(MB);
    memory.append(Buffer.alloc(50 * KB), 0);
    assert.equal(memory.claim(), undefined);
    assert.equal(memory.length, 50 * KB);
  });

  it('is not larger than what has come warrants, nor than a chunk may be, whatever size is said', () => {
    const memory = new ChunkMemory(4 * MB);
    memory.expect(1000 * MB);
    let came = 0;
    for (const size of allocations(() => {
      for (; came < 4 * MB; came += 16 * KB) {
        memory.append(Buffer.alloc(16 * KB), came);
      }
    })) {
      assert.ok(size <= 4 * MB);
    }
    const first = allocations(() => {
      memory.clear();
      memory.take();
      memory.expect(1000 * MB);
      memory.append(Buffer.alloc(10), 0);
    });
    assert.deepEqual(first, [64 * KB]);
  });

  for (const [what, isSized, before, size] of [
    ['whose cluster says its size', true, 3 * MB, 3 * MB],
    ['whose cluster says its size, after a larger one', true, 6 * MB, 3 * MB],
    ['of unknown size, as large as the one before', false, 3 * MB, 3 * MB],
    ['of unknown size, after one for which too much was allocated', false, 600_000, 600_000],
  ] as const) {
    it(`of a chunk ${what}, is allocated once, and moved only as long as it is small`, () => {
      const recorder = new Recorder().write(chunkOf(before, isSized), 16 * KB);
      const bytes = chunkOf(size, isSized);
      let large: number[] = [];
      const copied = copiedBytes(() => {
        large = allocations(() => recorder.write(bytes, 16 * KB)).filter((size) => size > 64 * KB);
      });
      const data = recorder.chunks[1]?.data;
      assert.equal(data?.length, bytes.length);
      assert.ok(data.equals(bytes));
      assert.deepEqual(large, [data.buffer.byteLength]);
      assert.ok(copied <= bytes.length + 32 * KB + 1_000, `${copied} bytes were copied`);
    });
  }

  it('of a small chunk fits it as soon as chunks of that size have come', () => {
    const recorder = new Recorder();
    const bytes = chunkOf(17 * KB, false);
    const sizes = Array.from({ length: 4 }, () => allocations(() => recorder.write(bytes, 5 * KB)));
    for (const [last] of sizes.slice(2)) {
      assert.ok(last !== undefined && last < bytes.length * 1.125, sizes.join(' | '));
    }
    assert.deepEqual(
      sizes.slice(2).map(({ length }) => length),
      [1, 1],
    );
    assert.ok(recorder.chunks.every(({ data }) => data.equals(bytes)));
  });
});
