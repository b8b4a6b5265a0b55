import assert from 'node:assert/strict';
import { GapWatch, stepBetween } from '../../src/session/gaps';
import { numberOf } from '../../testing/made-chunks';

const AT = 1_700_000_000_000;
const number = (sequence: number, at = AT): string => numberOf({ sequence, at });
const head = (sequence: number, at: number) => ({
  ...{ offset: 0, tags: new Map<string, string[]>(), tracks: [] },
  ...{ FragmentNumber: number(sequence, at), ServerTimestamp: at },
});

describe('how one fragment number follows on another', () => {
  const steps: readonly [before: number, after: number, expected: ReturnType<typeof stepBetween>][] = [
    [1, 2, 'follows'],
    [1_000, 1_001, 'follows'],
    [1, 3, 'skips'],
    [999, 1_003, 'skips'],
    [990, 1_001, 'session'],
    [990, 1_002, 'skips'],
    [10, 1_001, 'session'],
    // As recorded.
    [1_050_128_639, 1_050_129_640, 'session'],
    [1_050_103_624, 1_050_104_625, 'session'],
    [1, 2_001, 'far'],
    [5, 5, 'unknown'],
    [5, 4, 'unknown'],
  ];
  for (const [before, after, expected] of steps) {
    it(`${before} to ${after}: ${expected}`, () => {
      assert.equal(stepBetween(number(before), number(after)), expected);
    });
  }

  it('is unknown for numbers of another form', () => {
    assert.equal(stepBetween('5', '7'), 'unknown');
  });
});

describe('the time of a gap', () => {
  it('begins with the last chunk where a fragment is stamped when it has arrived', () => {
    const watch = new GapWatch();
    watch.passed({ ...head(1, AT), lengthMs: 60_000 });
    assert.deepEqual(watch.before(head(5, AT + 8_000)), {
      ...{ AfterFragmentNumber: number(1), from: AT, to: AT + 8_000, durationMs: 8_000, isGuess: false },
    });
  });

  it('is read from the fragment numbers where a checkpoint has no time', () => {
    const watch = new GapWatch({ FragmentNumber: number(1) });
    assert.equal(watch.before(head(5, AT + 8_000))?.durationMs, 8_000);
  });

  it('is absent where none is known', () => {
    const watch = new GapWatch({ FragmentNumber: '5' });
    watch.loseSight();
    const { offset, tags, tracks } = head(1, AT);
    assert.deepEqual(watch.before({ offset, tags, tracks, FragmentNumber: '7' }), {
      AfterFragmentNumber: '5',
      isGuess: true,
    });
  });
});
