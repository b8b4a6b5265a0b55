import assert from 'node:assert/strict';
import { KinesisVideoError } from '../../src/kinesis-video';
import type { SessionOptions } from '../../src/session';
import { makeChunk, numberOf, type MadeChunk } from '../../testing/made-chunks';
import { ID, chunk, elementOfUnknownSize, id, simpleBlock, uint } from '../../testing/matroska-writer';
import type { ScriptedResponse } from '../../testing/scripted-service';
import { SessionRig } from '../../testing/session-rig';

const BEGIN = Date.UTC(2026, 10, 20, 3, 54);
const chunkAt = (sequence: number, more: Partial<MadeChunk> = {}): MadeChunk => ({
  sequence,
  at: BEGIN + 2_000 * sequence,
  frames: [0, 1_000, 2_000],
  ...more,
});

/** Each was the plainest form of a model scenario in which something was lost. */
describe('rare losses', () => {
  let rig: SessionRig;

  async function started(options: Partial<SessionOptions> = {}): Promise<void> {
    rig = new SessionRig(options);
    await rig.start();
  }

  async function open(serverTime?: number): Promise<ScriptedResponse> {
    if (rig.session.state.name === 'waiting') {
      await rig.clock.advance(rig.clock.nextInMs ?? 0);
      await rig.settle();
    }
    const response = rig.service.last.open('request-1', serverTime);
    await rig.settle();
    return response;
  }

  async function answer(...bytes: readonly Buffer[]): Promise<ScriptedResponse> {
    const response = await open();
    response.push(Buffer.concat(bytes));
    await rig.settle();
    return response;
  }

  async function answerAndEnd(...bytes: readonly Buffer[]): Promise<void> {
    (await answer(...bytes)).end();
    await rig.settle();
  }

  const told = (): string[] => rig.errors.map(({ ErrorType, action }) => `${ErrorType}/${action}`);

  afterEach(() => {
    rig.session.stop();
  });

  it('a gap before a chunk without media is reported with the next one that has some', async () => {
    await started();
    await answer(...[chunkAt(1), chunkAt(4, { hasCluster: false }), chunkAt(5)].map(makeChunk));
    assert.deepEqual(told(), ['FragmentGap/ignore']);
    assert.equal(rig.errors[0]?.gap?.AfterFragmentNumber, numberOf(chunkAt(1)));
  });

  it('a chunk that comes after all leaves no gap before one without media', async () => {
    await started();
    const later = [chunkAt(3, { hasCluster: false }), chunkAt(4)].map(makeChunk);
    const nameless = makeChunk(chunkAt(2, { hasNumber: false, hasTail: false }));
    await answer(makeChunk(chunkAt(1)), nameless, ...later.slice(0, 1));
    await answer(nameless, ...later.slice(0, 1));
    await answerAndEnd(nameless, ...later.slice(0, 1));
    await answer(makeChunk(chunkAt(2)), ...later);
    assert.deepEqual(told(), ['MalformedMedia/retry', 'MalformedMedia/retry', 'MalformedMedia/skip']);
    assert.deepEqual(
      rig.numbers,
      [1, 2, 4].map((sequence) => numberOf(chunkAt(sequence))),
    );
  });

  it('a chunk that comes after all and is skipped leaves no gap either', async () => {
    await started({ maxChunkBytes: 1_000 });
    const large = chunkAt(2, { frames: Array.from({ length: 200 }, (_, i) => i) });
    const nameless = makeChunk({ ...large, hasNumber: false, hasTail: false });
    const later = [chunkAt(3, { hasCluster: false }), chunkAt(4)].map(makeChunk);
    for (let i = 0; i < 2; i++) {
      await answer(...(i === 0 ? [makeChunk(chunkAt(1))] : []), nameless);
    }
    await answerAndEnd(nameless, ...later.slice(0, 1));
    await answer(makeChunk(large), ...later);
    assert.deepEqual(told(), [
      'ChunkTooLarge/retry',
      'ChunkTooLarge/retry',
      'ChunkTooLarge/skip',
      'ChunkTooLarge/skip',
    ]);
  });

  it('what is asked for by its time may be missing each time that the chunk itself does not come', async () => {
    await started();
    const plain = (number: string): Buffer => chunk({ number });
    await answerAndEnd(plain('17'));
    for (let i = 0; i < 2; i++) {
      rig.service.last.fail(
        new KinesisVideoError('It is not known.', {
          ErrorType: 'InvalidArgumentException',
          operation: 'GetMedia',
          statusCode: 400,
        }),
      );
      await rig.settle();
      await rig.clock.advance(rig.clock.nextInMs ?? 0);
    }
    assert.equal(rig.service.last.selector.StartSelectorType, 'SERVER_TIMESTAMP');
    await answerAndEnd(plain('17'));
    await answer(plain('19'));
    assert.equal(told().at(-1), 'FragmentGap/ignore');
  });

  it('a gap before a chunk that is skipped is reported with the next one that is sent', async () => {
    await started({ maxChunkBytes: 1_000 });
    const large = chunkAt(4, { frames: Array.from({ length: 200 }, (_, i) => i) });
    await answer(...[chunkAt(1), large, chunkAt(5)].map(makeChunk));
    assert.deepEqual(told(), ['ChunkTooLarge/skip', 'FragmentGap/ignore']);
  });

  it('the rest of a chunk is missing where a later one comes after some of its frames', async () => {
    await started({ emit: 'frame' });
    const half = makeChunk(chunkAt(2, { hasTail: false }));
    (await answer(makeChunk(chunkAt(1)), half.subarray(0, -10))).breakOff();
    await rig.settle();
    await answer(makeChunk(chunkAt(1_001)));
    assert.deepEqual(told(), ['NetworkError/retry', 'FragmentGap/ignore']);
  });

  it('a chunk that always ends between its number and its media is skipped with a message', async () => {
    await started();
    for (let i = 0; i < 3; i++) {
      await answerAndEnd(makeChunk(chunkAt(1, { hasCluster: false, hasTail: false })));
    }
    assert.deepEqual(told(), ['TruncatedChunk/skip']);
    await answer(makeChunk(chunkAt(2)));
    assert.deepEqual(rig.numbers, [numberOf(chunkAt(2))]);
  });

  it('a chunk in whose place the service reports an error is never skipped', async () => {
    await started();
    for (let i = 0; i < 4; i++) {
      await answerAndEnd(makeChunk(chunkAt(1, { hasCluster: false, hasTail: false, errorAfter: 4500 })));
    }
    await answer(makeChunk(chunkAt(1)));
    assert.deepEqual(new Set(told()), new Set(['KMS_KEY_ACCESS_DENIED/retry']));
    assert.deepEqual(rig.numbers, [numberOf(chunkAt(1))]);
  });

  it('a chunk that is truncated before its number, with the next one after it, is fetched again', async () => {
    await started();
    const bytes = makeChunk(chunkAt(1));
    const truncated = bytes.subarray(0, bytes.indexOf(id(ID.Tags)));
    await answer(truncated, makeChunk(chunkAt(2)));
    await answer(bytes, makeChunk(chunkAt(2)));
    assert.deepEqual(rig.numbers, [chunkAt(1), chunkAt(2)].map(numberOf));
  });

  it('an error beside a chunk that was sent already does not end the response again', async () => {
    await started();
    const flawed = makeChunk(chunkAt(1, { errorAfter: 3002 }));
    await answer(flawed);
    // As a service does whose tokens name the chunk itself.
    await answer(flawed, makeChunk(chunkAt(2)));
    assert.deepEqual(told(), ['STREAM_WRITE_ERROR/retry']);
    assert.deepEqual(rig.numbers, [chunkAt(1), chunkAt(2)].map(numberOf));
  });

  it('a chunk that is too large and has no number is fetched again', async () => {
    await started({ maxChunkBytes: 1_000 });
    const lies = Buffer.from('ec10012345', 'hex');
    await answer(makeChunk(chunkAt(1, { hasNumber: false, hasTail: false })), lies);
    assert.deepEqual(told(), ['ChunkTooLarge/retry']);
    await answer(makeChunk(chunkAt(1)));
    assert.deepEqual(rig.numbers, [numberOf(chunkAt(1))]);
  });

  it('frames of a chunk that a frame before it has swallowed are sent where the damage stays', async () => {
    const [swallowed, next] = [chunkAt(2), chunkAt(3)].map(makeChunk);
    assert.ok(swallowed !== undefined && next !== undefined);
    const frameBytes = 'frame'.length + swallowed.length + 100;
    const claimed = simpleBlock(1, 40, 0, Buffer.alloc(frameBytes)).subarray(0, -frameBytes);
    const damaged = chunk({
      number: numberOf(chunkAt(1)),
      cluster: elementOfUnknownSize(ID.Cluster, 1, uint(ID.Timestamp, 0), claimed, 'frame'),
      closing: Buffer.alloc(0),
    });
    await started({ emit: 'frame' });
    for (let i = 0; i < 3; i++) {
      const response = await open();
      response.push(Buffer.concat([damaged, swallowed, next]), 70);
      await rig.settle();
    }
    assert.deepEqual(told(), ['MalformedMedia/retry', 'MalformedMedia/retry', 'MalformedMedia/skip']);
    for (const chunk of [chunkAt(2), chunkAt(3)]) {
      const sent = rig.frames.filter(({ FragmentNumber }) => FragmentNumber === numberOf(chunk));
      assert.deepEqual(
        sent.map(({ index, data }) => `${index} ${data.toString()}`),
        ['0 frame', '1 frame', '2 frame'],
      );
    }
  });

  it('frames of a chunk without a number do not say that a session begun NOW has its place', async () => {
    await started({ emit: 'frame', startSelector: { StartSelectorType: 'NOW' } });
    const early = chunkAt(1, { behindMs: 30_000 });
    const response = await open(early.at + 20_000);
    response.push(chunk({ front: Buffer.alloc(0), closing: Buffer.alloc(0) }));
    response.breakOff();
    await rig.settle();
    await answer(makeChunk(early));
    assert.deepEqual(rig.frames, []);
  });

  it('a size that is damaged swallows no chunk', async () => {
    await started();
    const bytes = makeChunk(chunkAt(2));
    // Up to within the Cluster's id: what follows reads as an element of 1,503 bytes that nobody knows.
    const truncated = bytes.subarray(0, bytes.indexOf(id(ID.Cluster)) + 3);
    const rest = [3, 4, 5, 6, 7, 8].map((sequence) => makeChunk(chunkAt(sequence)));
    await answer(makeChunk(chunkAt(1)), truncated, ...rest);
    await answer(bytes, ...rest);
    assert.deepEqual(
      rig.numbers,
      [1, 2, 3, 4, 5, 6, 7, 8].map((sequence) => numberOf(chunkAt(sequence))),
    );
  });

  describe('a response does not get beyond a chunk that was passed, and the next chunk', () => {
    const refused = new KinesisVideoError('It is not known.', {
      ErrorType: 'InvalidArgumentException',
      operation: 'GetMedia',
      statusCode: 400,
    });

    /** Sends chunk 1 on; then the service refuses its token and its number, and always breaks off in it by time. */
    async function refuseAndTruncate(times: number): Promise<void> {
      await answerAndEnd(makeChunk(chunkAt(1)));
      for (let i = 0; i < times; i++) {
        while (rig.service.last.selector.StartSelectorType !== 'SERVER_TIMESTAMP') {
          rig.service.last.fail(refused);
          await rig.settle();
          await rig.clock.advance(rig.clock.nextInMs ?? 0);
          await rig.settle();
        }
        await answerAndEnd(makeChunk(chunkAt(1)).subarray(0, -10));
        await rig.clock.advance(rig.clock.nextInMs ?? 0);
        await rig.settle();
      }
    }

    it('is asked for by the token again, which the service may know by now', async () => {
      await started();
      await refuseAndTruncate(3);
      assert.equal(rig.service.last.selector.StartSelectorType, 'CONTINUATION_TOKEN');
      await answer(makeChunk(chunkAt(2)));
      assert.deepEqual(rig.numbers, [chunkAt(1), chunkAt(2)].map(numberOf));
      assert.ok(!told().includes('FragmentGap/ignore'));
    });

    it('is asked for by a time after that chunk where the service still does not know the position', async () => {
      await started();
      await refuseAndTruncate(5);
      rig.service.last.fail(refused);
      await rig.settle();
      await rig.clock.advance(rig.clock.nextInMs ?? 0);
      await rig.settle();
      rig.service.last.fail(refused);
      await rig.settle();
      await rig.clock.advance(rig.clock.nextInMs ?? 0);
      await rig.settle();
      assert.deepEqual(rig.service.last.selector, {
        StartSelectorType: 'SERVER_TIMESTAMP',
        StartTimestamp: chunkAt(1).at + 4_000,
      });
      await answer(makeChunk(chunkAt(4)));
      assert.equal(told().at(-1), 'FragmentGap/ignore');
    });
  });

  it('a response that always ends before the number of a chunk is reported', async () => {
    await started();
    for (let i = 0; i < 5; i++) {
      await answerAndEnd(makeChunk(chunkAt(1)).subarray(0, 30));
    }
    assert.deepEqual(told(), ['MalformedMedia/retry', 'MalformedMedia/retry', 'MalformedMedia/skip']);
  });
});
