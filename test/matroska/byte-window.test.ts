import assert from 'node:assert/strict';
import { ChunkMemory } from '../../src/matroska/chunk-memory';
import { ByteWindow } from '../../src/matroska/byte-window';

const MEGABYTE = 1024 * 1024;

describe('the input', () => {
  it('gives what it kept again, in pieces and in order, and then the slice at hand', () => {
    const input = new ByteWindow(new ChunkMemory(64 * MEGABYTE));
    const kept = Buffer.alloc(150_000, 'one ');
    input.add(kept);
    input.next();
    input.settle(0);
    input.add(Buffer.from('two'));
    input.next();
    input.rewind();
    const seen: [offset: number, text: string][] = [];
    while (input.next()) {
      seen.push([input.base, input.slice.toString()]);
      input.settle(Infinity);
    }
    assert.deepEqual(
      seen.map(([offset]) => offset),
      [0, 65_536, 131_072, 150_000],
    );
    assert.equal(seen.map(([, text]) => text).join(''), `${kept.toString()}two`);
  });

  it('gives a few kept bytes again together with what follows them', () => {
    const input = new ByteWindow(new ChunkMemory(64 * MEGABYTE));
    for (const text of ['one ', 'two']) {
      input.add(Buffer.from(text));
      input.next();
      if (text === 'one ') {
        input.settle(0);
      }
    }
    input.rewind();
    assert.ok(input.next());
    assert.deepEqual([input.base, input.slice.toString(), input.hasMore], [0, 'one two', false]);
  });
});
