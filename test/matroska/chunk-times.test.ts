import assert from 'node:assert/strict';
import {
  block,
  chunk,
  EBML_LACING,
  element,
  FIXED,
  ID,
  KEYFRAME,
  simpleBlock,
  trackEntry,
  uint,
  XIPH,
} from '../../testing/matroska-writer';
import { only, read } from './recorded';

function tracks(defaultDurationNs?: number): Buffer {
  const duration = defaultDurationNs === undefined ? [] : [uint(ID.DefaultDuration, defaultDurationNs)];
  return element(ID.Tracks, trackEntry(1, uint(ID.TrackType, 1), ...duration));
}

function cluster(time: number | bigint, ...blocks: readonly Buffer[]): Buffer {
  return element(ID.Cluster, uint(ID.Timestamp, time), ...blocks);
}

function info(scale: number): Buffer {
  return element(ID.Info, uint(ID.TimestampScale, scale));
}

function length(bytes: Buffer): number {
  const chunkMode = only(read(bytes).chunks).lengthMs;
  assert.equal(only(read(bytes, { frames: true, sliceBytes: 5 }).chunks).lengthMs, chunkMode);
  return chunkMode;
}

describe('the length of a chunk', () => {
  it("runs to its last frame's end, by the track's default duration", () => {
    const blocks = [simpleBlock(1, 0, 0, 'a'), simpleBlock(1, 967, 0, 'b')];
    assert.equal(length(chunk({ cluster: cluster(0, ...blocks) })), 967);
    assert.equal(length(chunk({ cluster: cluster(0, ...blocks), tracks: tracks(33_333_333) })), 1000);
  });

  it('does not mind the order of the blocks, nor the time of the cluster', () => {
    const blocks = [simpleBlock(1, 80, 0, 'a'), simpleBlock(1, -20, 0, 'b'), simpleBlock(1, 40, 0, 'c')];
    assert.equal(length(chunk({ cluster: cluster(1_519_423_069_070, ...blocks) })), 100);
  });

  it("runs to the end by a block's own duration, which goes before that of the track", () => {
    const group = element(ID.BlockGroup, element(ID.Block, block(1, 10, 0, 'a')), uint(ID.BlockDuration, 25));
    const plain = element(ID.BlockGroup, element(ID.Block, block(1, 0, 0, 'a')));
    assert.equal(length(chunk({ cluster: cluster(0, plain, group), tracks: tracks(500_000_000) })), 500);
    assert.equal(length(chunk({ cluster: cluster(0, group), tracks: tracks(500_000_000) })), 25);
  });

  it('is in ms whatever the timestamp scale', () => {
    const blocks = [simpleBlock(1, 0, 0, 'a'), simpleBlock(1, 20_000, 0, 'b')];
    assert.equal(length(chunk({ info: info(100_000), cluster: cluster(0, ...blocks) })), 2000);
    assert.equal(length(chunk({ info: info(100), cluster: cluster(0, ...blocks) })), 2);
    assert.equal(length(chunk({ info: info(0), cluster: cluster(0, ...blocks) })), 20_000);
    assert.equal(length(chunk({ info: element(ID.Info), cluster: cluster(0, ...blocks) })), 20_000);
  });

  it('is rounded once, at the end', () => {
    const blocks = [0, 1, 2].map((time) => simpleBlock(1, time, 0, 'a'));
    // 2 x 0.4 ms + 0.4 ms
    const bytes = chunk({
      info: info(400_000),
      cluster: cluster(0, ...blocks),
      tracks: tracks(400_000),
    });
    assert.equal(length(bytes), 1);
    assert.deepEqual(
      read(bytes, { frames: true }).frames.map(({ timecodeMs }) => timecodeMs),
      [0, 0.4, 0.8],
    );
  });

  it('spans several clusters, even where their times are beyond 2^53', () => {
    // 2026 in units of 100 ns, as an absolute timestamp of the AWS SDK may be.
    const start = 17_923_944_000_000_000n;
    const bytes = chunk({
      info: info(100),
      cluster: Buffer.concat([
        cluster(start + 1n, simpleBlock(1, 0, 0, 'a')),
        cluster(start + 20_001n, simpleBlock(1, 10_000, 0, 'b')),
      ]),
    });
    assert.equal(length(bytes), 3);
    assert.deepEqual(
      read(bytes, { frames: true }).frames.map(({ timecodeMs }) => timecodeMs),
      [0, 3],
    );
  });
});

describe('laced frames', () => {
  const laced = {
    Xiph: simpleBlock(1, 100, KEYFRAME | XIPH, [2, 1, 2], 'a', 'bb', 'ccc'),
    EBML: simpleBlock(1, 100, KEYFRAME | EBML_LACING, [2, 0x81, 0xc0], 'a', 'bb', 'ccc'),
    'fixed-size': simpleBlock(1, 100, KEYFRAME | FIXED, [2], 'aaa', 'bbb', 'ccc'),
  };

  for (const [lacing, simple] of Object.entries(laced)) {
    it(`of ${lacing} lacing are counted singly, and follow each other by the track's default duration`, () => {
      const bytes = chunk({
        cluster: cluster(0, simple, simpleBlock(1, 160, 0, 'd')),
        tracks: tracks(20_000_000),
      });
      for (const sliceBytes of [1, 8, bytes.length]) {
        const recorder = read(bytes, { frames: true, sliceBytes });
        const texts = lacing === 'fixed-size' ? ['aaa', 'bbb', 'ccc', 'd'] : ['a', 'bb', 'ccc', 'd'];
        assert.deepEqual(
          recorder.frames.map(({ index, timecodeMs, keyframe, data }) => [
            index,
            timecodeMs,
            keyframe,
            data.toString(),
          ]),
          texts.map((text, i) => [i, 100 + 20 * i, i < 3, text]),
        );
        for (const { frames, lengthMs } of [
          only(recorder.chunks),
          only(read(bytes, { sliceBytes }).chunks),
        ]) {
          assert.deepEqual([frames, lengthMs], [4, 80]);
        }
      }
    });
  }

  it('all begin with their block where no duration is known', () => {
    const recorder = read(chunk({ cluster: cluster(0, laced.Xiph) }), { frames: true });
    assert.deepEqual(
      recorder.frames.map(({ timecodeMs }) => timecodeMs),
      [100, 100, 100],
    );
    assert.equal(only(recorder.chunks).lengthMs, 0);
  });

  it("share their block's own duration", () => {
    const group = element(
      ID.BlockGroup,
      element(ID.Block, block(1, 0, FIXED, [3], 'abcd')),
      uint(ID.BlockDuration, 100),
    );
    const recorder = read(chunk({ cluster: cluster(0, group), tracks: tracks(20_000_000) }), {
      frames: true,
    });
    assert.deepEqual(
      recorder.frames.map(({ timecodeMs }) => timecodeMs),
      [0, 25, 50, 75],
    );
    assert.equal(only(recorder.chunks).lengthMs, 100);
  });

  it('that do not fill their block are malformed', () => {
    for (const wrong of [
      simpleBlock(1, 0, XIPH, [1, 9], 'abc'),
      simpleBlock(1, 0, FIXED, [1], 'abc'),
      element(ID.BlockGroup, element(ID.Block, block(1, 0, EBML_LACING, [1, 0x89], 'abc'))),
    ]) {
      const recorder = read(chunk({ cluster: cluster(0, wrong) }), { frames: true });
      assert.deepEqual(recorder.kinds, ['malformed', 'truncated']);
      assert.equal(recorder.frames.length, 0);
    }
  });
});
