import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BufferStore, ClipTooLargeError, FileError, FileStore, type ClipResult } from '../../src/clips';
import type { Fault } from '../../src/simulator';
import { seededRandom } from '../../src/simulator/random';
import { picturesOf, shownIn } from '../convert/clip/clips';
import { needsFfmpeg, streamsOf } from '../convert/streams';
import { makeFault } from '../../testing/archive-oracle/scenario';
import { LeapingClock } from '../../testing/leaping-clock';
import { ArchiveRig } from './archive-rig';

const MINUTE = 60_000;
const SEED = Number(process.env['KVS_CLIP_SEED'] ?? 20261128);
/** 200 for a whole campaign. */
const CLIPS = Number(process.env['KVS_CLIPS'] ?? 6);

describe('clips of stored media', function () {
  this.timeout(120_000 + CLIPS * 5_000);
  const rig = new ArchiveRig(20 * MINUTE);
  let folder = '';

  before(async () => {
    await rig.start();
  });
  after(async () => {
    await rig.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvs-clips-'));
  });
  afterEach(() => {
    rig.simulator.faults.clear();
    rmSync(folder, { recursive: true, force: true });
  });

  const range = (beforeMs: number, lengthMs: number) => ({
    from: rig.end - beforeMs,
    to: rig.end - beforeMs + lengthMs,
  });

  it('is one Buffer in memory of its own', async function () {
    needsFfmpeg(this);
    const asked = range(10 * MINUTE, 30_000);
    const { clips, isComplete } = await rig.clip(asked, new BufferStore(10_000_000));
    const [clip] = clips;
    assert.ok(Buffer.isBuffer(clip?.stored) && clip.stored.length === clip.bytes);
    assert.equal(clip.stored.buffer.byteLength, clip.bytes);
    assert.deepEqual([clips.length, isComplete, clip.gaps], [1, true, []]);
    assert.deepEqual([clip.start, clip.end], [asked.from, asked.to]);
  });

  it('is a file of the same bytes, beside which nothing stays', async () => {
    const asked = range(10 * MINUTE, 3 * MINUTE);
    const path = join(folder, 'door.mp4');
    const inMemory = await rig.clip(asked, new BufferStore(100_000_000));
    const { clips } = await rig.clip(asked, new FileStore(path));
    assert.equal(clips[0]?.stored, path);
    assert.deepEqual(readdirSync(folder), ['door.mp4']);
    assert.ok(readFileSync(path).equals(inMemory.clips[0]?.stored as Buffer));
  });

  it('takes the tracks that are asked for', async function () {
    needsFfmpeg(this);
    const { clips } = await rig.clip(range(10 * MINUTE, 5_000), new BufferStore(1e8), undefined, {
      tracks: ['audio'],
    });
    const streams = streamsOf(clips[0]?.stored as Buffer);
    assert.deepEqual(
      streams.map(({ codec_type }) => codec_type),
      ['audio'],
    );
  });

  it('is of a range in the service’s time, by what the first of its fragments says of both clocks', async function () {
    needsFfmpeg(this);
    const asked = range(8 * MINUTE, 20_000);
    const result = await rig.clip(asked, new BufferStore(1e8), undefined, {
      timestampType: 'SERVER_TIMESTAMP',
    });
    const first = rig.stream.fragments.findLast(({ ServerTimestamp = 0 }) => ServerTimestamp <= asked.from);
    const { FragmentNumber, ProducerTimestamp = 0, ServerTimestamp = 0 } = first ?? {};
    assert.equal(result.clips[0]?.firstFragmentNumber, FragmentNumber);
    assert.notEqual(ProducerTimestamp, ServerTimestamp);
    assertShows(result, asked, 'by the service’s time', rig, ProducerTimestamp - ServerTimestamp);
  });

  it('has what was before an event of a second ago, and the 20 s that come after it', async function () {
    needsFfmpeg(this);
    const clock = new LeapingClock(Date.UTC(2026, 0, 2), SEED);
    const live = new ArchiveRig(30_000, clock);
    await live.start();
    try {
      const at = clock.now() - 1_000;
      const asked = { from: at - 10_000, to: at + 20_000 };
      const result = await live.clipInTime(clock, asked, { waitMs: 60_000 });
      const lateMs = clock.now() - asked.to;
      assert.ok(lateMs > 0 && lateMs < 30_000, `there ${lateMs} ms after the range’s end`);
      assertShows(result, asked, 'around an event', live);
    } finally {
      await live.stop();
    }
  });

  it('refuses what is too large for a message, and says its limit', async () => {
    await assert.rejects(rig.clip(range(10 * MINUTE, MINUTE), new BufferStore(10_000)), (error) => {
      assert.ok(error instanceof ClipTooLargeError);
      assert.equal(error.maxBytes, 10_000);
      return true;
    });
  });

  it('names why a file cannot be written, before any media is read, and leaves nothing', async () => {
    mkdirSync(join(folder, 'taken.mp4'));
    writeFileSync(join(folder, 'file'), '');
    const calls = rig.simulator.stats.requests.length;
    for (const [name, reason] of [
      ['nowhere/door.mp4', 'noFolder'],
      ['file/door.mp4', 'noFolder'],
      ['taken.mp4', 'isFolder'],
    ] as const) {
      await assert.rejects(
        rig.clip(range(10 * MINUTE, MINUTE), new FileStore(join(folder, name))),
        (error) => error instanceof FileError && error.reason === reason && error.path === join(folder, name),
      );
    }
    assert.equal(rig.simulator.stats.requests.length, calls);
    assert.deepEqual(readdirSync(folder).sort(), ['file', 'taken.mp4']);
  });

  it('leaves nothing of a clip that is cancelled', async () => {
    const controller = new AbortController();
    const store = new FileStore(join(folder, 'door.mp4'));
    const media = store.media.bind(store);
    store.media = async (piece) => {
      await media(piece);
      assert.equal(readdirSync(folder).length, 1);
      controller.abort(new Error('cancelled'));
    };
    await assert.rejects(rig.clip(range(10 * MINUTE, MINUTE), store, controller.signal), /cancelled/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it(`shows of ${CLIPS} random ranges what is stored, or says what is missing, under faults of all kinds`, async function () {
    needsFfmpeg(this);
    this.timeout(120_000 + CLIPS * 5_000);
    process.stdout.write(`    seed ${SEED} (KVS_CLIP_SEED)\n`);
    const random = seededRandom(SEED);
    const clock = new LeapingClock(Date.UTC(2026, 0, 2), SEED);
    const live = new ArchiveRig(20 * MINUTE, clock);
    await live.start();
    const seen = { complete: 0, incomplete: 0 };
    try {
      for (let i = 0; i < CLIPS; i++) {
        const from = Math.round(clock.now() - random() * 19 * MINUTE);
        const asked = { from, to: Math.round(from + 500 + random() ** 2 * 100_000) };
        const faults = faultsOf(random);
        for (const fault of faults) {
          live.simulator.faults.add(fault);
        }
        const what = `clip ${i}, ${clock.now() - from} ms ago, ${asked.to - from} ms, ${JSON.stringify(faults)}`;
        const result = await live.clipInTime(clock, asked, { waitMs: 60_000 }).catch((error: unknown) => {
          throw new Error(what, { cause: error });
        });
        live.simulator.faults.clear();
        if (result.isComplete) {
          assertShows(result, asked, what, live);
        } else {
          assertSaysWhatIsMissing(result, asked, what, live);
        }
        seen[result.isComplete ? 'complete' : 'incomplete'] += 1;
      }
    } finally {
      await live.stop();
    }
    process.stdout.write(`    ${seen.complete} complete, ${seen.incomplete} incomplete\n`);
    assert.ok(seen.complete > seen.incomplete && seen.complete > 0);
  });

  /** What goes wrong with one clip: mostly once to three times, now and then without end. */
  function faultsOf(random: () => number): Fault[] {
    const faults = Array.from({ length: Math.floor(random() * 4) }, (): Fault => {
      const afterBytes = Math.floor(random() * 200_000);
      return random() < 0.6
        ? makeFault(random)
        : random() < 0.4
          ? { kind: 'reset', times: 1 }
          : { kind: 'cut', afterBytes, times: 1 };
    });
    // Credentials that expire again as soon as they are renewed are refused for good.
    const [, ...expiring] = faults.filter(({ kind }) => kind === 'expired-credentials');
    const isLost = random() < 0.15;
    return [
      ...faults.filter((fault) => !expiring.includes(fault)),
      ...(isLost
        ? [
            {
              kind: 'drop-chunk',
              operation: 'GetMediaForFragmentList',
              afterChunks: 0,
              times: 'always',
            } as const,
          ]
        : []),
    ];
  }

  /** What is shown is right and in its place, and each picture that is not is in a gap that is told. */
  function assertSaysWhatIsMissing(
    { clips, missing, missingSpans }: ClipResult,
    asked: { from: number; to: number },
    what: string,
    of: ArchiveRig,
  ): void {
    assert.ok(missing > 0 && missingSpans.length > 0, what);
    const expected = shownIn(of.pictures(asked), asked.from, asked.to);
    const shown = clips.flatMap(({ stored, start }) =>
      picturesOf(stored as Buffer).map(({ timeMs, hash }) => ({ timeMs: start + timeMs, hash })),
    );
    let next = 0;
    for (const { timeMs, hash } of expected) {
      const at = Math.max(timeMs, asked.from);
      const picture = shown[next];
      if (picture?.hash === hash && Math.abs(picture.timeMs - at) <= 40) {
        next += 1;
      } else {
        const gaps = [...missingSpans, ...clips.flatMap((clip) => clip.gaps)];
        const isTold = gaps.some(({ from, to }) => at >= from - 40 && at <= to + 40);
        assert.ok(isTold, `${what}: nothing says that the picture at ${at - asked.from} ms is missing`);
      }
    }
    assert.equal(next, shown.length, `${what}: pictures that are not of the range`);
  }

  function assertShows(
    { clips, isComplete }: ClipResult,
    asked: { from: number; to: number },
    what: string,
    of = rig,
    shiftMs = 0,
  ): void {
    assert.equal(clips.length, 1, what);
    const [clip] = clips;
    assert.ok(clip !== undefined && isComplete, what);
    assert.deepEqual([clip.start, clip.end, clip.gaps], [asked.from, asked.to, []], what);
    const shown = picturesOf(clip.stored as Buffer);
    const own = { from: asked.from + shiftMs, to: asked.to + shiftMs };
    const expected = shownIn(of.pictures(own), own.from, own.to);
    assert.deepEqual(
      shown.map(({ hash }) => hash),
      expected.map(({ hash }) => hash),
      what,
    );
    const lengths = streamsOf(clip.stored as Buffer).map(({ duration }) => Number(duration) * 1_000);
    assert.ok(
      lengths.every((length) => Math.abs(length - (asked.to - asked.from)) <= 40),
      `${what}: ${lengths.join(', ')} ms`,
    );
  }
});
