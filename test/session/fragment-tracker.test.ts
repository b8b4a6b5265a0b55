import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Chunk, ChunkHead } from '../../src/matroska';
import { FragmentTracker } from '../../src/session/fragment-tracker';
import { StreamCursor, type Position } from '../../src/session/stream-cursor';
import { numberOf } from '../../testing/made-chunks';

const AT = 1_700_000_000_000;
const number = (sequence: number): string => numberOf({ sequence, at: AT + 1_000 * sequence });

function head(sequence: number): ChunkHead & { readonly FragmentNumber: string } {
  return {
    ...{ offset: 0, tags: new Map<string, string[]>(), tracks: [] },
    ...{ FragmentNumber: number(sequence), ServerTimestamp: AT + 1_000 * sequence },
  };
}

const chunk = (sequence: number, more: Partial<Chunk> = {}): Chunk => ({
  ...head(sequence),
  ...{ data: Buffer.alloc(0), sizeInBytes: 0, hasCluster: true, frames: 1, videoFrames: 1, lengthMs: 1_000 },
  ...more,
});

function withoutNumber<Fragment extends ChunkHead>(fragment: Fragment): Omit<Fragment, 'FragmentNumber'> {
  const { FragmentNumber, ...rest } = fragment;
  assert.ok(FragmentNumber !== undefined);
  return rest;
}

function trackerFrom(start: 'EARLIEST' | 'NOW' = 'EARLIEST', position?: Position): FragmentTracker {
  return new FragmentTracker(new StreamCursor({ StartSelectorType: start }, position), position);
}

describe('a fragment tracker', () => {
  let tracker: FragmentTracker;
  beforeEach(() => {
    tracker = trackerFrom();
  });

  describe('of a whole chunk', () => {
    it('moves the cursor after one that is new, and knows it the second time', () => {
      const verdict = tracker.chunk(chunk(1, { ContinuationToken: 'token' }));
      const position = {
        ...{ FragmentNumber: number(1), ContinuationToken: 'token', ServerTimestamp: AT + 1_000 },
      };
      assert.deepEqual(verdict, { kind: 'new', FragmentNumber: number(1), gap: undefined, position });
      assert.deepEqual(tracker.cursor.position, position);
      assert.deepEqual(tracker.chunk(chunk(1)), { kind: 'duplicate' });
    });

    it('says what is missing before it, once', () => {
      tracker.chunk(chunk(1));
      const verdict = tracker.chunk(chunk(4));
      assert.ok(verdict.kind === 'new');
      assert.equal(verdict.gap?.AfterFragmentNumber, number(1));
      assert.equal(verdict.gap.isGuess, false);
      const next = tracker.chunk(chunk(5));
      assert.ok(next.kind === 'new' && next.gap === undefined);
    });

    it('leaves the cursor where it is at one without media, and reports no gap for it', () => {
      tracker.chunk(chunk(1));
      assert.equal(tracker.chunk(chunk(2, { hasCluster: false })).kind, 'empty');
      assert.equal(tracker.cursor.position?.FragmentNumber, number(1));
      const next = tracker.chunk(chunk(3));
      assert.ok(next.kind === 'new' && next.gap === undefined);
    });

    it('refuses media without a fragment number', () => {
      assert.deepEqual(tracker.chunk(withoutNumber(chunk(1))), { kind: 'withoutNumber' });
    });

    it('takes one that ended before the session began for a duplicate, and continues after it', () => {
      tracker = trackerFrom('NOW');
      assert.deepEqual(tracker.answered(AT + 10_000), { ServerTimestamp: AT + 10_000 });
      assert.equal(tracker.chunk(chunk(1)).kind, 'duplicate');
      assert.equal(tracker.cursor.position?.FragmentNumber, number(1));
      assert.equal(tracker.chunk(chunk(12)).kind, 'new');
    });

    it('may be missing some before it where the position was forgotten and is named by its time', () => {
      tracker = trackerFrom('EARLIEST', { FragmentNumber: number(1), ContinuationToken: 'token' });
      tracker.fallBack();
      tracker.fallBack();
      const verdict = tracker.chunk(chunk(1_001));
      assert.ok(verdict.kind === 'new');
      assert.equal(verdict.gap?.isGuess, true);
    });

    it('is missing none where the forgotten position can still be named exactly', () => {
      tracker = trackerFrom('EARLIEST', { FragmentNumber: number(1), ContinuationToken: 'token' });
      tracker.fallBack();
      const verdict = tracker.chunk(chunk(2));
      assert.ok(verdict.kind === 'new' && verdict.gap === undefined);
    });
  });

  describe('of frames', () => {
    it('takes each one once, whenever the chunk is fetched again', () => {
      const taken = [0, 1, 0, 1, 2, 3].map((index) => tracker.frame({ index }, head(1)) !== undefined);
      assert.deepEqual(taken, [true, true, false, false, true, true]);
      assert.ok(tracker.knows(number(1)));
      assert.ok(tracker.isNew(head(1)), 'the chunk is not whole yet');
    });

    it('says with the first one what is missing before its chunk', () => {
      tracker.frame({ index: 0 }, head(1));
      tracker.chunk(chunk(1));
      assert.equal(tracker.frame({ index: 0 }, head(4))?.gap?.AfterFragmentNumber, number(1));
      assert.equal(tracker.frame({ index: 1 }, head(4))?.gap, undefined);
      const verdict = tracker.chunk(chunk(4));
      assert.ok(verdict.kind === 'new' && verdict.gap === undefined);
    });

    it('never returns to a chunk before one whose frames were sent', () => {
      tracker.frame({ index: 0 }, head(2));
      assert.equal(tracker.frame({ index: 0 }, head(1)), undefined);
      assert.equal(tracker.chunk(chunk(1)).kind, 'duplicate');
    });

    it('takes no more of one that lies before the first chunk whose time tells where the session began', () => {
      tracker = trackerFrom('NOW');
      tracker.answered(AT);
      const { ServerTimestamp, ...untimed } = head(1);
      assert.ok(ServerTimestamp !== undefined);
      const frame = (index: number): boolean => tracker.frame({ index }, untimed) !== undefined;
      tracker.head(untimed);
      assert.equal(frame(0), true);
      tracker.head(head(2));
      tracker.head(untimed);
      assert.equal(frame(1), false);
    });
  });

  describe('of a truncated chunk', () => {
    const truncated = (sequence: number, hasCluster: boolean, isFollowed: boolean): string =>
      tracker.truncated({ head: head(sequence), hasCluster }, isFollowed).kind;

    it('wants it, unless it was taken before', () => {
      assert.deepEqual(tracker.truncated({ head: head(1), hasCluster: true }, false), {
        kind: 'wanted',
        FragmentNumber: number(1),
      });
      tracker.chunk(chunk(1));
      assert.equal(truncated(1, true, false), 'duplicate');
    });

    it('takes it for one without media where the next one follows and it had no cluster', () => {
      assert.equal(truncated(1, false, true), 'empty');
    });

    it('does not miss what has neither number nor media where the response ended', () => {
      const of = (hasCluster: boolean, isFollowed: boolean): string =>
        tracker.truncated({ head: withoutNumber(head(1)), hasCluster }, isFollowed).kind;
      assert.deepEqual([of(true, false), of(false, false)], ['withoutNumber', 'numberNotYetRead']);
    });

    it('is moved after once it is skipped', () => {
      assert.equal(tracker.skip(head(1))?.FragmentNumber, number(1));
      assert.equal(tracker.skip(head(1)), undefined);
      assert.equal(tracker.chunk(chunk(1)).kind, 'duplicate');
      assert.equal(tracker.skip(withoutNumber(head(2))), undefined);
    });
  });

  it('gives each chunk out once and in order, however responses repeat them', () => {
    const responses = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 10 })), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(responses, (starts) => {
        tracker = trackerFrom();
        const sent: string[] = [];
        for (const [first, count] of starts) {
          for (let sequence = first; sequence < first + count; sequence++) {
            const verdict = tracker.chunk(chunk(sequence));
            if (verdict.kind === 'new') {
              sent.push(verdict.FragmentNumber);
              assert.equal(verdict.position, tracker.cursor.position);
            }
          }
        }
        assert.deepEqual(sent, [...new Set(sent)].sort());
      }),
    );
  });
});
