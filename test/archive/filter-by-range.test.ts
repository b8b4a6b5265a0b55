import assert from 'node:assert/strict';
import { keepShown } from '../../src/archive/filter-by-range';
import type { StoredFragment } from '../../src/kinesis-video';

const stored = (at: number, FragmentLengthInMilliseconds = 1_960): StoredFragment => ({
  ...{ FragmentNumber: String(at), FragmentSizeInBytes: 1, FragmentLengthInMilliseconds },
  ...{ ProducerTimestamp: at, ServerTimestamp: at + 100_000 },
});
const span = (from: number, to: number) => ({ timestampType: 'PRODUCER_TIMESTAMP', from, to }) as const;
const row = (...begins: number[]) => begins.map((at) => stored(at));

describe('the fragments of a range', () => {
  const numbers = (from: number, to: number, ...begins: number[]) =>
    keepShown(row(...begins), span(from, to)).map(({ ProducerTimestamp }) => ProducerTimestamp);

  it('are those that show anything of it', () => {
    assert.deepEqual(numbers(3_000, 6_000, 0, 2_000, 4_000, 6_000), [2_000, 4_000]);
    assert.deepEqual(numbers(2_000, 2_001, 0, 2_000, 4_000), [2_000]);
  });

  it('have the one whose last frame is shown when the range begins', () => {
    assert.deepEqual(numbers(1_990, 3_000, 0, 2_000), [0, 2_000]);
    assert.deepEqual(numbers(1_990, 9_000, 0, 8_000), [8_000]);
  });

  it('have the one whose last picture is shown for a second then', () => {
    const slow = [0, 1_000, 2_000, 3_000, 4_000].map((at) => stored(at, 0));
    const shown = keepShown(slow, span(2_900, 3_500)).map(({ ProducerTimestamp }) => ProducerTimestamp);
    assert.deepEqual(shown, [2_000, 3_000]);
  });
});
