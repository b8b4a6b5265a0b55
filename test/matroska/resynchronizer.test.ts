import assert from 'node:assert/strict';
import { ChunkMemory } from '../../src/matroska/chunk-memory';
import { ByteWindow } from '../../src/matroska/byte-window';
import { Resynchronizer } from '../../src/matroska/resynchronizer';
import { ID, id } from '../../testing/matroska-writer';

const MEGABYTE = 1024 * 1024;
const HEADER = id(ID.EBML);

/** Takes a slice, keeps all of it, and searches it again as often as that is allowed. */
function searches(maxCredit: number, bytes: number): number {
  const input = new ByteWindow(new ChunkMemory(64 * MEGABYTE));
  const resynchronizer = new Resynchronizer(input, maxCredit);
  resynchronizer.addCredit(bytes);
  input.add(Buffer.alloc(bytes));
  for (let count = 0; ; count++) {
    while (input.next()) {
      input.settle(0);
    }
    if (count > 100 || !resynchronizer.searchAgain(0)) {
      return count;
    }
  }
}

/** Where headers are found from `from` on, in bytes that come in slices. */
function found(slices: readonly Buffer[], from: number): number[] {
  const input = new ByteWindow(new ChunkMemory(MEGABYTE));
  const resynchronizer = new Resynchronizer(input, MEGABYTE);
  const offsets: number[] = [];
  resynchronizer.search(from);
  for (const slice of slices) {
    input.add(slice);
    while (input.next()) {
      while (resynchronizer.find()) {
        offsets.push(input.base + input.pos);
        resynchronizer.search(input.base + input.pos + 1);
      }
      input.settle(Infinity);
    }
  }
  return offsets;
}

describe('resynchronisation', () => {
  it('searches again only so often, so that crafted input does not cost its square', () => {
    // 1 MiB to begin with, and as much as has come in.
    assert.equal(searches(64 * MEGABYTE, MEGABYTE), 2);
    assert.equal(searches(0, MEGABYTE), 1);
    assert.equal(searches(0, 2 * MEGABYTE), 0);
  });

  it('finds EBML headers from where it is told to begin', () => {
    const bytes = Buffer.concat([HEADER, Buffer.alloc(3), HEADER, HEADER]);
    assert.deepEqual(found([bytes], 0), [0, 7, 11]);
    assert.deepEqual(found([bytes], 1), [7, 11]);
    assert.deepEqual(found([bytes.subarray(0, 7), bytes.subarray(7)], 8), [11]);
  });

  it('stops at the end of a slice where a header may begin', () => {
    assert.deepEqual(found([Buffer.concat([Buffer.alloc(5), HEADER.subarray(0, 2)])], 0), [5]);
    assert.deepEqual(found([Buffer.alloc(5)], 0), []);
  });

  it('goes back within the slice at hand, at no cost', () => {
    const input = new ByteWindow(new ChunkMemory(MEGABYTE));
    const resynchronizer = new Resynchronizer(input, 0);
    input.add(Buffer.concat([HEADER, HEADER, Buffer.alloc(9)]));
    input.next();
    input.pos = 15;
    assert.ok(resynchronizer.searchAgain(0));
    assert.ok(resynchronizer.isSearching && resynchronizer.isReported);
    assert.ok(resynchronizer.find());
    assert.equal(input.pos, 4);
    assert.ok(!resynchronizer.isSearching);
  });

  it('has nothing to go back over where nothing is kept', () => {
    const input = new ByteWindow(new ChunkMemory(MEGABYTE));
    input.add(Buffer.alloc(9));
    input.next();
    input.settle(Infinity);
    assert.ok(!new Resynchronizer(input, MEGABYTE).searchAgain(3));
  });
});
