import assert from 'node:assert/strict';
import { BlockHeader, unlace } from '../../src/matroska/block';
import { INCOMPLETE, MALFORMED, READ } from '../../src/matroska/ebml';
import { EBML_LACING, FIXED, XIPH } from '../../testing/matroska-writer';

function read(hex: string): { outcome: number; header: BlockHeader } {
  const bytes = Buffer.from(hex, 'hex');
  const header = new BlockHeader();
  return { outcome: header.read(bytes, 0, bytes.length), header };
}

function sizes(content: readonly number[], flags: number, frames: number): number[] | undefined {
  const bounds = unlace(Buffer.from(content), flags, frames);
  return bounds?.slice(1).map((end, i) => end - (bounds[i] ?? 0));
}

describe('the header of a block', () => {
  it('has track, signed time and flags', () => {
    const { outcome, header } = read('81ffd880');
    assert.equal(outcome, READ);
    assert.deepEqual(
      [header.track, header.timecode, header.flags, header.frames, header.length],
      [1, -40, 0x80, 1, 4],
    );
    assert.equal(read('8180000000').header.timecode, -32768);
    assert.equal(read('817fff0000').header.timecode, 32767);
  });

  it('has track numbers of several bytes', () => {
    const { header } = read('4102000100');
    assert.deepEqual([header.track, header.timecode, header.length], [0x102, 1, 5]);
  });

  it('has the number of frames where the block is laced', () => {
    const { header } = read('8100000603');
    assert.deepEqual([header.laced, header.frames, header.length], [true, 4, 5]);
  });

  it('is incomplete at every byte but the last', () => {
    for (const hex of ['410200010203', '81000000']) {
      for (let there = 0; there < hex.length; there += 2) {
        assert.equal(read(hex.slice(0, there)).outcome, INCOMPLETE, hex.slice(0, there));
      }
      assert.equal(read(hex).outcome, READ);
    }
  });

  it('is refused without a track number', () => {
    assert.equal(read('00000000').outcome, MALFORMED);
    assert.equal(read('ff000000').outcome, MALFORMED);
  });
});

describe('laced frames', () => {
  it('of the same size share what there is', () => {
    assert.deepEqual(sizes([1, 2, 3, 4, 5, 6], FIXED, 3), [2, 2, 2]);
    assert.deepEqual(sizes([], FIXED, 2), [0, 0]);
    assert.equal(sizes([1, 2, 3, 4, 5], FIXED, 3), undefined);
  });

  it('have sizes of Xiph lacing, 255 and more in several bytes', () => {
    const content = [255, 0, 3, ...new Array<number>(255 + 3 + 4).fill(7)];
    assert.deepEqual(sizes(content, XIPH, 3), [255, 3, 4]);
    assert.deepEqual(unlace(Buffer.from([1, 2, 9, 8, 8, 7]), XIPH, 3), [2, 3, 5, 6]);
    assert.deepEqual(sizes([5], XIPH, 1), [1]);
  });

  it('have sizes of EBML lacing, as differences with a sign', () => {
    // 800, then 500 (-300 in 2 bytes), then 1000 for the rest: the example of RFC 9559, section 10.3.2.
    const content = [0x43, 0x20, 0x5e, 0xd3, ...new Array<number>(800 + 500 + 1000).fill(1)];
    assert.deepEqual(sizes(content, EBML_LACING, 3), [800, 500, 1000]);
    // +64 is all bits set in 1 byte, which is no unknown size here.
    assert.deepEqual(sizes([0x81, 0xff, ...new Array<number>(66).fill(1)], EBML_LACING, 3), [1, 65, 0]);
  });

  it('are refused where their sizes do not fit', () => {
    assert.equal(sizes([4, 1, 2, 3], XIPH, 2), undefined);
    assert.equal(sizes([255, 255], XIPH, 2), undefined);
    assert.equal(sizes([0x84, 1, 2, 3], EBML_LACING, 2), undefined);
    assert.equal(sizes([0x81, 0x80, 1, 2, 3], EBML_LACING, 3), undefined);
    assert.equal(sizes([0x40], EBML_LACING, 2), undefined);
    assert.equal(sizes([0xff, 1, 2], EBML_LACING, 2), undefined);
    assert.equal(sizes([0x00, 1, 2], EBML_LACING, 2), undefined);
  });
});
