import assert from 'node:assert/strict';
import type { SessionOptions } from '../../src/session';
import { makeChunk, numberOf, type MadeChunk } from '../../testing/made-chunks';
import { english } from '../../testing/texts';
import type { ScriptedResponse } from '../../testing/scripted-service';
import { SessionRig } from '../../testing/session-rig';

/** 03:54:00 UTC of some day. */
const BEGIN = Date.UTC(2026, 10, 20, 3, 54);
const chunkAt = (sequence: number, more: Partial<MadeChunk> = {}): MadeChunk => ({
  sequence,
  at: BEGIN + 2_000 * sequence,
  frames: [0, 1_000, 2_000],
  ...more,
});
const NOW = { startSelector: { StartSelectorType: 'NOW' } } as const;

describe('nothing is lost, and nothing is lost in silence', () => {
  let rig: SessionRig;

  async function started(options: Partial<SessionOptions> = {}): Promise<SessionRig> {
    rig = new SessionRig(options);
    await rig.start();
    return rig;
  }

  /** Answers the call that the session has made, or makes after its wait. */
  async function open(serverTime?: number): Promise<ScriptedResponse> {
    if (rig.session.state.name === 'waiting') {
      await rig.clock.advance(rig.clock.nextInMs ?? 0);
      await rig.settle();
    }
    const response = rig.service.last.open('request-1', serverTime);
    await rig.settle();
    return response;
  }

  async function answer(...chunks: readonly MadeChunk[]): Promise<ScriptedResponse> {
    const response = await open();
    response.push(Buffer.concat(chunks.map(makeChunk)));
    await rig.settle();
    return response;
  }

  const sent = (): string[] => rig.numbers;
  const told = (): string[] => rig.errors.map(({ ErrorType, action }) => `${ErrorType}/${action}`);

  afterEach(() => {
    rig.session.stop();
  });

  describe('beginning NOW', () => {
    const early = chunkAt(1, { behindMs: 30_000 });
    const across = chunkAt(14);
    const later = chunkAt(20);
    const T0 = across.at + 1_000;

    it('on a silent stream continues from the service’s time of its first answer', async () => {
      const { service } = await started(NOW);
      for (const serverTime of [T0, T0 + 3_000, T0 + 9_000]) {
        (await open(serverTime)).end();
        await rig.settle();
      }
      await rig.clock.advance(10_000);
      assert.deepEqual(
        service.calls.map(({ selector }) => selector),
        [
          { StartSelectorType: 'NOW' },
          ...Array.from({ length: 3 }, () => ({ StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: T0 })),
        ],
      );
      await answer(later, chunkAt(21));
      assert.deepEqual(sent(), [later, chunkAt(21)].map(numberOf));
      assert.deepEqual(told(), []);
    });

    it('keeps that time in the checkpoint, and continues from it in another session', async () => {
      await started(NOW);
      (await open(T0)).end();
      await rig.settle();
      assert.deepEqual([...rig.checkpoints], [{ ServerTimestamp: T0 }]);
      rig.session.stop();
      await started({ ...NOW, position: { ServerTimestamp: T0 } });
      assert.deepEqual(rig.service.last.selector, {
        StartSelectorType: 'SERVER_TIMESTAMP',
        StartTimestamp: T0,
      });
      await answer(early, later);
      assert.deepEqual(sent(), [numberOf(later)]);
      assert.equal(rig.checkpoints.length, 1);
      assert.equal(rig.checkpoints[0]?.FragmentNumber, numberOf(later));
    });

    it('loses nothing by a pause before the first chunk', async () => {
      const { service } = await started(NOW);
      const response = await open(T0);
      rig.session.pause();
      response.paused = false;
      response.breakOff();
      await rig.clock.advance(600_000);
      rig.session.resume();
      await rig.settle();
      assert.deepEqual(service.last.selector, { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: T0 });
    });

    it('takes this machine’s corrected clock where the service does not say its time', async () => {
      const { service, clock } = await started(NOW);
      service.clockOffsetMs = 5_000;
      (await open()).end();
      await rig.settle();
      assert.deepEqual(rig.checkpoints, [{ ServerTimestamp: clock.now() + 5_000 }]);
    });

    it('has no such time where it begins elsewhere', async () => {
      await started();
      (await open(T0)).end();
      await rig.settle();
      await rig.clock.advance(1_000);
      assert.deepEqual(rig.service.last.selector, { StartSelectorType: 'EARLIEST' });
      assert.deepEqual(rig.checkpoints, []);
    });

    it('does not believe a time that is later than the service’s own media', async () => {
      await started(NOW);
      const response = await open(later.at + 3_600_000);
      response.push(makeChunk(later));
      assert.deepEqual(sent(), [numberOf(later)]);
    });

    for (const emit of ['chunk', 'frame'] as const) {
      it(`sends no ${emit} of before, and all of the chunk that reaches across`, async () => {
        await started({ ...NOW, emit });
        const response = await open(T0);
        response.push(Buffer.concat([chunkAt(13, { behindMs: 5_000 }), across, later].map(makeChunk)));
        const expected =
          emit === 'chunk'
            ? [numberOf(across), numberOf(later)]
            : [across, later].flatMap((chunk) => [0, 1, 2].map((index) => `${numberOf(chunk)} ${index}`));
        const came =
          emit === 'chunk'
            ? sent()
            : rig.frames.map(({ FragmentNumber, index }) => `${FragmentNumber} ${index}`);
        assert.deepEqual(came, expected);
        assert.ok(rig.frames.every(({ data }) => data.toString() === 'frame'));
      });
    }
  });

  describe('a gap', () => {
    for (const emit of ['chunk', 'frame'] as const) {
      it(`in the middle of a response is reported, with the time that is missing (${emit})`, async () => {
        await started({ emit });
        await answer(chunkAt(8), chunkAt(9), chunkAt(24), chunkAt(25));
        assert.deepEqual(told(), ['FragmentGap/ignore']);
        const [error] = rig.errors;
        assert.match(
          english.sentences(error?.statements ?? []),
          /28 s, from 2026-\d\d-\d\d 03:54:20.* to 2026-\d\d-\d\d 03:54:48.* UTC/,
        );
        assert.deepEqual(error?.gap, {
          AfterFragmentNumber: numberOf(chunkAt(9)),
          from: BEGIN + 20_000,
          to: BEGIN + 48_000,
          durationMs: 28_000,
        });
        assert.equal(error.FragmentNumber, numberOf(chunkAt(24)));
      });
    }

    it('is none where a chunk without media lies between', async () => {
      await started();
      await answer(
        chunkAt(1),
        chunkAt(2, { hasCluster: false }),
        chunkAt(3),
        chunkAt(4, { hasCluster: false, hasTail: false }),
        chunkAt(5),
      );
      assert.equal(sent().length, 3);
      assert.deepEqual(told(), []);
    });

    it('is reported where the head of a chunk was all that came of it, and it is gone', async () => {
      await started();
      const response = await answer(chunkAt(1));
      response.push(makeChunk(chunkAt(2, { hasCluster: false, hasTail: false })));
      response.end();
      await rig.settle();
      await answer(chunkAt(3));
      assert.deepEqual(told(), ['FragmentGap/ignore']);
    });

    it('is not reported a second time for a chunk that was skipped with a message', async () => {
      await started({ maxChunkBytes: 1_000 });
      await answer(chunkAt(1), chunkAt(2, { frames: Array.from({ length: 200 }, (_, i) => i) }), chunkAt(3));
      assert.deepEqual(told(), ['ChunkTooLarge/skip']);
    });

    it('is none where the producer has connected again', async () => {
      await started();
      await answer(
        chunkAt(5),
        chunkAt(1_001, { at: BEGIN + 60_000 }),
        chunkAt(2_002, { at: BEGIN + 90_000 }),
      );
      assert.deepEqual(told(), []);
    });

    it('is none where the stream was silent and is asked again and again', async () => {
      await started();
      (await answer(chunkAt(5))).end();
      await rig.settle();
      (await open()).end();
      await rig.settle();
      await answer(chunkAt(90_001, { at: BEGIN + 60_000 }));
      assert.equal(sent().length, 2);
      assert.deepEqual(told(), []);
    });
  });

  describe('a chunk that is damaged', () => {
    it('once is fetched again, however long the place before it has stayed bad', async () => {
      await started();
      const [first, good, next] = [chunkAt(1), chunkAt(2), chunkAt(3)].map(makeChunk);
      assert.ok(first !== undefined && good !== undefined && next !== undefined);
      const rubbish = Buffer.from('<html>no media here</html>');
      const damaged = Buffer.from(good);
      damaged.fill(0, damaged.indexOf('frame'), damaged.indexOf('frame') + 20);
      for (const bytes of [good, good, damaged, good]) {
        const response = await open();
        response.push(Buffer.concat([sent().length === 0 ? first : Buffer.alloc(0), rubbish, bytes, next]));
        await rig.settle();
      }
      assert.deepEqual(sent(), [chunkAt(1), chunkAt(2), chunkAt(3)].map(numberOf));
    });

    it('is given up where it stays so, and its count does not outlive it', async () => {
      await started();
      const bytes = makeChunk(chunkAt(2));
      bytes.fill(0, bytes.indexOf('frame'), bytes.indexOf('frame') + 20);
      for (let i = 0; i < 3; i++) {
        const response = await open();
        response.push(Buffer.concat([bytes, makeChunk(chunkAt(3))]));
        await rig.settle();
      }
      assert.deepEqual(told(), ['MalformedMedia/retry', 'MalformedMedia/retry', 'MalformedMedia/skip']);
      assert.deepEqual(sent(), [numberOf(chunkAt(3))]);
    });
  });

  describe('a truncated chunk', () => {
    const whole = makeChunk(chunkAt(1));

    async function truncateAt(...lengths: readonly number[]): Promise<void> {
      for (const bytes of lengths) {
        const response = await open();
        response.push(whole.subarray(0, bytes));
        response.breakOff();
        await rig.settle();
      }
    }

    it('further in each time is fetched again without end', async () => {
      await started();
      const end = whole.length;
      await truncateAt(...Array.from({ length: 12 }, (_, i) => end - 60 + 4 * i));
      await answer(chunkAt(1));
      assert.deepEqual(sent(), [numberOf(chunkAt(1))]);
      assert.ok(told().every((error) => error === 'NetworkError/retry'));
    });

    it('here and there is fetched again too', async () => {
      await started();
      const end = whole.length;
      await truncateAt(end - 10, end - 20, end - 10, end - 20, end - 10, end - 20);
      await answer(chunkAt(1));
      assert.deepEqual(sent(), [numberOf(chunkAt(1))]);
    });

    it('at the same byte three times in a row is skipped with a message', async () => {
      await started();
      const end = whole.length;
      await truncateAt(end - 10, end - 10, end - 10);
      await answer(chunkAt(2));
      assert.deepEqual(sent(), [numberOf(chunkAt(2))]);
      assert.ok(told().includes('TruncatedChunk/skip'));
    });

    it('with the next chunk after it is skipped after three times, wherever it ends', async () => {
      await started();
      for (const frames of [[0], [0, 1_000], [0, 1_000, 2_000]]) {
        await answer(chunkAt(1, { frames, hasTail: false }), chunkAt(2));
      }
      assert.deepEqual(told(), ['TruncatedChunk/skip']);
      assert.deepEqual(sent(), [numberOf(chunkAt(2))]);
    });

    it('without a fragment number is fetched again, then skipped with a message', async () => {
      await started();
      for (let i = 0; i < 3; i++) {
        await answer(chunkAt(1, { hasNumber: false, hasTail: false }), chunkAt(2));
      }
      assert.deepEqual(told(), ['MalformedMedia/retry', 'MalformedMedia/retry', 'MalformedMedia/skip']);
      assert.match(rig.errors[0]?.message ?? '', /without a fragment number/);
      assert.deepEqual(sent(), [numberOf(chunkAt(2))]);
    });

    it('without a fragment number at a clean end is reported too', async () => {
      await started();
      (await answer(chunkAt(1, { hasNumber: false, hasTail: false }))).end();
      await rig.settle();
      assert.deepEqual(told(), ['MalformedMedia/retry']);
    });
  });

  describe('an error that the service reports within a chunk', () => {
    for (const where of ['errorBefore', 'errorAfter'] as const) {
      it(`is reported after the chunk is delivered, where that is whole (${where} its media)`, async () => {
        const { service } = await started();
        await answer(chunkAt(1, { [where]: 3002 }), chunkAt(2));
        assert.deepEqual(sent(), [numberOf(chunkAt(1))]);
        assert.deepEqual(told(), ['STREAM_WRITE_ERROR/retry']);
        await answer(chunkAt(2));
        assert.deepEqual(service.last.selector, {
          StartSelectorType: 'CONTINUATION_TOKEN',
          ContinuationToken: numberOf(chunkAt(1)),
        });
        assert.deepEqual(sent(), [chunkAt(1), chunkAt(2)].map(numberOf));
      });
    }

    it('is reported at once where no chunk is open', async () => {
      await started();
      const response = await answer(chunkAt(1));
      const tail = makeChunk(chunkAt(2, { errorBefore: 5000, hasCluster: false, hasTail: false }));
      response.push(tail.subarray(tail.indexOf(Buffer.from('1254c367', 'hex'))));
      assert.deepEqual(told(), ['INTERNAL_ERROR/retry']);
    });

    for (const end of ['end', 'breakOff', 'stall'] as const) {
      it(`is what is reported where the chunk never becomes whole (${end})`, async () => {
        await started({ stallTimeoutMs: 5_000 });
        const response = await answer(chunkAt(1, { errorAfter: 4501, hasTail: false }));
        if (end === 'stall') {
          await rig.clock.advance(5_000 + 5_000 / 20);
        } else {
          response[end]();
        }
        await rig.settle();
        assert.deepEqual(told(), ['KMS_KEY_DISABLED/retry']);
        assert.deepEqual(sent(), []);
      });
    }

    it('is reported while the flow is being waited for', async () => {
      await started({ maxInFlight: 1 });
      await answer(chunkAt(1, { errorAfter: 3002 }), chunkAt(2));
      assert.deepEqual(told(), ['STREAM_WRITE_ERROR/retry']);
      rig.session.acknowledge(numberOf(chunkAt(1)));
      await rig.settle();
      await answer(chunkAt(2));
      assert.deepEqual(sent(), [chunkAt(1), chunkAt(2)].map(numberOf));
    });

    it('does not hold up the stream where the chunk stays truncated', async () => {
      await started();
      for (let i = 0; i < 3; i++) {
        await answer(chunkAt(1, { errorAfter: 3002, hasTail: false }), chunkAt(2));
      }
      await answer(chunkAt(2));
      assert.deepEqual(sent(), [numberOf(chunkAt(2))]);
      assert.ok(told().includes('TruncatedChunk/skip'));
    });
  });
});
