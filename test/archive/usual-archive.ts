/** What the tests of the reader share: ten minutes of fragments, stored an hour ago, and what is expected of a range. */
import assert from 'node:assert/strict';
import {
  ArchiveRig,
  FRAGMENT_MS,
  ModelArchive,
  modelFragment,
  type ModelFragment,
} from '../../testing/model-archive';

/** When the model's clock begins, which is a time after everything that is stored. */
export const NOW = 1_700_000_000_000;
export const HOUR = 3_600_000;

/** Fragments without a gap, the first one so long ago. */
export function recorded(count: number, agoMs = HOUR, isOpen = false): ModelFragment[] {
  return Array.from({ length: count }, (_, index) =>
    modelFragment(index + 1, NOW - agoMs + index * FRAGMENT_MS, isOpen),
  );
}

export function all(fragments: readonly ModelFragment[]): string[] {
  return fragments.map(({ FragmentNumber }) => FragmentNumber);
}

/** What most tests read; made once. */
const USUAL = recorded(300);

export interface UsualArchive {
  /** What the model holds; a test may change it. */
  readonly fragments: ModelFragment[];
  readonly model: ModelArchive;
  readonly read: (from: number, to: number, options?: object) => Promise<ArchiveRig>;
}

export function usualArchive(): UsualArchive {
  const fragments = [...USUAL];
  let seed = 1;
  const model = new ModelArchive(fragments, () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647);
  return {
    ...{ fragments, model },
    read: (from, to, options = {}) => new ArchiveRig(model, { from, to, ...options }).finish(),
  };
}

export function assertAll(rig: ArchiveRig, expected: readonly ModelFragment[]): void {
  assert.deepEqual(rig.outcome, { chunks: expected.length, missing: [] });
  assert.deepEqual(rig.numbers, all(expected));
  assert.deepEqual(
    rig.chunks.map(({ sequence }) => sequence),
    expected.map((_, index) => index),
  );
  assert.deepEqual(
    rig.chunks.map(({ isLast }) => isLast),
    expected.map((_, index) => index === expected.length - 1),
  );
  assert.deepEqual(rig.errors, []);
  assert.equal(rig.model.open, 0);
}
