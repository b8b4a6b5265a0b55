import assert from 'node:assert/strict';
import {
  ArchiveRig,
  FRAGMENT_MS,
  LISTED_MS,
  ModelArchive,
  modelFragment,
  notFound,
  refusal,
  shuffled,
  type ModelFragment,
} from '../../testing/model-archive';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const RANGES = Number(process.env['KVS_ARCHIVE_RANGES'] ?? 20);
const SEED = Number(process.env['KVS_ARCHIVE_SEED'] ?? 1);

/** Uniform in [0, 1); Park and Miller's generator. */
function randomFrom(seed: number): () => number {
  let state = (seed * 7_919 + 1) % 2_147_483_647;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Some hours with holes of any length, in clusters of either kind. */
function recording(random: () => number): ModelFragment[] {
  const fragments: ModelFragment[] = [];
  const isOpen = random() < 0.5;
  let at = NOW - 3 * HOUR;
  for (let sequence = 1; sequence <= 1_500; sequence += 1) {
    fragments.push(modelFragment(sequence, at, isOpen));
    at += FRAGMENT_MS + (random() < 0.02 ? Math.ceil(random() * 90_000) + 600 : 0);
  }
  return fragments;
}

/** What the range shows, by the recording alone: a fragment lasts until the next one begins, where that follows at once. */
function expected(fragments: readonly ModelFragment[], from: number, to: number): string[] {
  return fragments
    .filter(({ ProducerTimestamp: begin }, index) => {
      const next = fragments[index + 1]?.ProducerTimestamp ?? Infinity;
      const end = next - begin === FRAGMENT_MS ? next : begin + LISTED_MS;
      return begin < to && (begin >= from || end > from);
    })
    .map(({ FragmentNumber }) => FragmentNumber);
}

/** Fails each kind of call now and then, and each fragment a few times at most. */
function addFaults(model: ModelArchive, random: () => number): void {
  const misses = new Map<string, number>();
  model.faults = {
    refuse: (operation) =>
      random() < 0.1
        ? refusal(random() < 0.5 ? 'ClientLimitExceededException' : 'InternalFailure', operation, 500)
        : undefined,
    body: (asked) => {
      const order = random() < 0.2 ? shuffled(asked, random) : asked;
      const parts = order.flatMap((fragment) => {
        const missed = misses.get(fragment.FragmentNumber) ?? 0;
        if (missed < 3 && random() < 0.05) {
          misses.set(fragment.FragmentNumber, missed + 1);
          return [notFound(fragment.FragmentNumber)];
        }
        return random() < 0.03 ? [fragment.bytes, fragment.bytes] : [fragment.bytes];
      });
      const bytes = Buffer.concat(parts);
      return random() < 0.2
        ? { bytes: bytes.subarray(0, Math.floor(random() * bytes.length)), isBroken: true }
        : { bytes };
    },
  };
}

describe(`random ranges of a recording with faults (seed ${SEED}, ${RANGES} ranges)`, function () {
  this.timeout(600_000);

  for (let index = 0; index < RANGES; index += 1) {
    it(`range ${index} is what was recorded, in order, each chunk once`, async () => {
      const random = randomFrom(SEED * 1_000 + index);
      const fragments = recording(random);
      const model = new ModelArchive(fragments, random);
      model.clock.setWall(NOW - model.clock.now());
      model.clock.chance = random();
      model.pageSize = 20 + Math.floor(random() * 500);
      addFaults(model, random);
      const from = Math.round(NOW - 3 * HOUR + random() * HOUR);
      const to = Math.round(from + 61_000 + random() * random() * 0.9 * HOUR);
      const rig = await new ArchiveRig(model, { from, to }).finish(10 * HOUR);
      const wanted = expected(fragments, from, to);
      assert.deepEqual(rig.outcome, { chunks: wanted.length, missing: [] });
      assert.deepEqual(rig.numbers, wanted);
      const byNumber = new Map(fragments.map((fragment) => [fragment.FragmentNumber, fragment.bytes]));
      for (const { chunk, FragmentNumber } of rig.chunks) {
        assert.ok(chunk.data.equals(byNumber.get(FragmentNumber) ?? Buffer.alloc(0)));
      }
      assert.equal(model.open, 0);
      assert.ok(model.mostOpen <= 4);
    });
  }
});
