import assert from 'node:assert/strict';
import { FrameMemory } from '../../../nodes/shared/frame-memory';
import { Frame } from '../../../src/matroska';
import { undeclaredTrack } from '../../../src/matroska/tracks';

describe('the memory of frames', () => {
  /** What a reader gives: a part of something larger, which changes later. */
  const frameIn = (bytes: Buffer, start: number): Frame =>
    new Frame(undeclaredTrack(1), 0, 0, true, false, bytes, start, bytes.length);
  const frameOf = (length: number, fill: number): Frame => frameIn(Buffer.alloc(length + 1, fill), 1);

  it('keeps every frame as it was, whatever comes before and after it', () => {
    const memory = new FrameMemory();
    const lengths = [0, 1, 7, 8, 160, 1_023, 1_024, 1_025, 20_000];
    const taken = Array.from({ length: 200 }, (_, i) => {
      const bytes = Buffer.alloc((lengths[i % lengths.length] ?? 0) + 1, i);
      const own = memory.own(frameIn(bytes, 1));
      bytes.fill(255);
      return own;
    });
    for (const [i, own] of taken.entries()) {
      assert.deepEqual(own, Buffer.alloc(lengths[i % lengths.length] ?? 0, i));
    }
  });

  it('lets one frame be written without a change to another', () => {
    const memory = new FrameMemory();
    const [before, written, behind] = [1, 2, 3].map((fill) => memory.own(frameOf(160, fill)));
    written?.fill(255);
    assert.deepEqual(before, Buffer.alloc(160, 1));
    assert.deepEqual(behind, Buffer.alloc(160, 3));
  });

  it('keeps a frame when the memory of another one is handed to a worker', () => {
    const memory = new FrameMemory();
    const first = memory.own(frameOf(160, 1));
    const second = memory.own(frameOf(160, 2));
    try {
      structuredClone(first, { transfer: [first.buffer as ArrayBuffer] });
    } catch (error) {
      // Node.js 20 copies such memory instead.
      assert.equal((error as Error).name, 'DataCloneError');
    }
    assert.deepEqual(first, Buffer.alloc(160, 1));
    assert.deepEqual(second, Buffer.alloc(160, 2));
  });

  it('of large ones is their own, and is left alone where a frame has it already', () => {
    const memory = new FrameMemory();
    assert.equal(memory.own(frameOf(5_000, 1)).buffer.byteLength, 5_000);
    const own = frameOf(5_000, 2).detachedCopy();
    assert.equal(memory.own(own).buffer, own.data.buffer);
  });
});
