import assert from 'node:assert/strict';
import { coverageOf } from '../../src/archive/coverage';
import type { StoredFragment } from '../../src/kinesis-video';

const stored = (at: number, FragmentLengthInMilliseconds = 1_960): StoredFragment => ({
  ...{ FragmentNumber: String(at), FragmentSizeInBytes: 1, FragmentLengthInMilliseconds },
  ...{ ProducerTimestamp: at, ServerTimestamp: at + 100_000 },
});
const span = (from: number, to: number) => ({ timestampType: 'PRODUCER_TIMESTAMP', from, to }) as const;
const row = (...begins: number[]) => begins.map((at) => stored(at));

describe('what a list covers', () => {
  it('has no gap where fragments follow each other, although their listed length lacks the last frame', () => {
    assert.deepEqual(coverageOf(row(0, 2_000, 4_000), span(500, 5_900)), {
      coverage: [{ from: 500, to: 5_900 }],
      gaps: [],
    });
  });

  it('has the gap between two fragments, and those before the first and after the last', () => {
    assert.deepEqual(coverageOf(row(10_000, 12_000, 30_000), span(0, 60_000)), {
      coverage: [
        { from: 10_000, to: 13_960 },
        { from: 30_000, to: 31_960 },
      ],
      gaps: [
        { from: 0, to: 10_000 },
        { from: 13_960, to: 30_000 },
        { from: 31_960, to: 60_000 },
      ],
    });
  });

  it('takes a hole of less than half the usual spacing for none', () => {
    const long = [stored(0, 9_000), stored(10_000, 9_000), stored(23_500, 9_000)];
    assert.deepEqual(coverageOf(long, span(0, 32_000)).gaps, []);
    assert.deepEqual(coverageOf(row(0, 2_000, 4_700), span(0, 6_000)).gaps, []);
    assert.equal(coverageOf(row(0, 2_000, 5_200, 7_200), span(0, 9_000)).gaps.length, 1);
  });

  it('has no gaps where each picture is shown for a second or more, but those in which some are missing', () => {
    const slow = (...begins: number[]) => begins.map((at) => stored(at, 0));
    assert.deepEqual(coverageOf(slow(0, 1_000, 2_000, 3_000, 4_000), span(0, 5_000)).gaps, []);
    const twoSeconds = [0, 4_000, 8_000, 12_000, 20_000].map((at) => stored(at, 2_000));
    assert.deepEqual(coverageOf(twoSeconds, span(0, 22_000)).gaps, [{ from: 14_000, to: 20_000 }]);
  });

  it('has the gaps of a camera that sends a few seconds of each minute', () => {
    const events = [0, 60_000, 120_000, 180_000, 240_000].map((at) => stored(at, 4_000));
    assert.equal(coverageOf(events, span(0, 244_000)).gaps.length, 4);
  });

  it('counts media that overlap once', () => {
    const { coverage } = coverageOf([stored(0, 10_000), stored(2_000, 1_000)], span(0, 10_000));
    assert.deepEqual(coverage, [{ from: 0, to: 10_000 }]);
  });

  it('is all gap where nothing is stored', () => {
    assert.deepEqual(coverageOf([], span(0, 5_000)), { coverage: [], gaps: [{ from: 0, to: 5_000 }] });
    assert.deepEqual(coverageOf([], span(0, 100)).gaps, [{ from: 0, to: 100 }]);
  });

  it('reads the clock that is asked for', () => {
    const range = { timestampType: 'SERVER_TIMESTAMP', from: 100_000, to: 101_900 } as const;
    assert.deepEqual(coverageOf(row(0), range).coverage, [{ from: 100_000, to: 101_900 }]);
  });
});
