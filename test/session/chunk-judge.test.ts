import assert from 'node:assert/strict';
import type { Chunk, ChunkHead, TruncatedChunk } from '../../src/matroska';
import { MalformedMediaError } from '../../src/matroska';
import { CallLimiter, type ErrorReport } from '../../src/session';
import { ChunkJudge } from '../../src/session/chunk-judge';
import type { ResponseOwner } from '../../src/session/response-owner';
import { createParts, type SessionParts } from '../../src/session/session-wiring';
import { numberOf } from '../../testing/made-chunks';
import { ScriptedService } from '../../testing/scripted-service';
import { VirtualClock } from '../../testing/virtual-clock';

const AT = 1_700_000_000_000;
const number = (sequence: number): string => numberOf({ sequence, at: AT });
const head = (sequence: number): ChunkHead => ({
  ...{ offset: 100 * sequence, tags: new Map<string, string[]>(), tracks: [] },
  FragmentNumber: number(sequence),
});
const chunk = (sequence: number): Chunk => ({
  ...head(sequence),
  ...{ data: Buffer.alloc(0), sizeInBytes: 90, hasCluster: true, frames: 1, videoFrames: 1, lengthMs: 1_000 },
});
const truncated = (sequence: number): TruncatedChunk => ({
  ...{ head: head(sequence), hasCluster: true, sizeInBytes: 50, frames: 1, lacksOnlyClosingTags: false },
});
const damage = (): MalformedMediaError =>
  new MalformedMediaError({ name: 'noHeader', figures: {} }, 7, undefined, '');

describe('a response’s consumer', () => {
  let reading: ReturnType<ResponseOwner['reading']>;
  let asked: string[];
  let errors: ErrorReport[];
  let parts: SessionParts;

  /** Another response of the same session. */
  function response(): ChunkJudge {
    return new ChunkJudge({ RequestId: 'request-1' }, parts, {
      reading: () => reading,
      deliver: (item) => {
        asked.push(item.kind === 'frame' ? 'frame' : `${item.kind} ${item.kind === 'chunk' ? item.delivery.FragmentNumber : item.position.FragmentNumber}`); // prettier-ignore
      },
      refetch: () => asked.push('refetch'),
      release: () => asked.push('release'),
      fail: ({ ErrorType }) => asked.push(`fail ${ErrorType}`),
      complete: () => asked.push('complete'),
      ended: (hadNewMedia) => asked.push(`ended ${hadNewMedia ? 'with' : 'without'} new media`),
    });
  }

  beforeEach(() => {
    [reading, asked, errors] = ['now', [], []];
    const nothing = (): void => undefined;
    parts = createParts(
      {
        ...{ stream: { StreamName: 'demo' }, startSelector: { StartSelectorType: 'EARLIEST' } },
        ...{ emit: 'chunk', tracks: [], maxInFlight: 0, keepTrying: true },
        ...{ stallTimeoutMs: 20_000, ackTimeoutMs: 60_000, maxChunkBytes: 1_000_000 },
      },
      {
        ...{ service: new ScriptedService(), clock: new VirtualClock() },
        ...{ limiter: new CallLimiter(), streamKey: 'demo' },
      },
      {
        ...{ chunk: nothing, frame: nothing, state: nothing, checkpoint: nothing },
        error: (error) => errors.push(error),
      },
    );
  });

  it('delivers a chunk once, and says at the end whether there was any that was new', () => {
    const first = response();
    first.chunk(chunk(1));
    first.ended();
    const second = response();
    second.chunk(chunk(1));
    second.ended();
    assert.deepEqual(asked, [`chunk ${number(1)}`, 'ended with new media', 'ended without new media']);
  });

  it('has a truncated chunk fetched again where the next one follows, and skips it the third time', () => {
    for (let i = 0; i < 3; i++) {
      response().truncated(truncated(1), undefined);
    }
    assert.deepEqual(asked, ['refetch', 'refetch', `done ${number(1)}`]);
    assert.deepEqual(
      errors.map(({ ErrorType, action }) => [ErrorType, action]),
      [['TruncatedChunk', 'skip']],
    );
  });

  it('leaves a chunk that was truncated by the end of the response to the next response', () => {
    response().truncated(truncated(1), 'broken');
    assert.deepEqual([asked, errors], [[], []]);
  });

  it('fails by damage, and skips the third time without failing', () => {
    for (let i = 0; i < 3; i++) {
      const consumer = response();
      consumer.head(head(1));
      consumer.malformed(damage());
    }
    assert.deepEqual(asked, ['fail MalformedMedia', 'fail MalformedMedia']);
    assert.equal(errors[0]?.action, 'skip');
  });

  it('counts damage within a chunk of no number once', () => {
    const { FragmentNumber, ...nameless } = head(1);
    assert.ok(FragmentNumber !== undefined);
    for (let i = 0; i < 3; i++) {
      parts.retries.responseBegins();
      const consumer = response();
      consumer.malformed(damage());
      if (i === 2) {
        consumer.truncated(
          { ...truncated(1), head: nameless, hasCluster: false, isMalformed: true },
          undefined,
        );
        consumer.chunk(chunk(2));
      }
    }
    assert.deepEqual(asked, ['fail MalformedMedia', 'fail MalformedMedia', `chunk ${number(2)}`]);
    assert.deepEqual(
      errors.map(({ action }) => action),
      ['skip'],
    );
  });

  it('counts no damage while the flow or the user is waited for: the response is dropped', () => {
    reading = 'held';
    for (let i = 0; i < 5; i++) {
      response().malformed(damage());
      response().truncated(truncated(1), undefined);
      response().ended();
    }
    assert.deepEqual(new Set(asked), new Set(['release']));
    reading = 'now';
    asked = [];
    response().malformed(damage());
    assert.deepEqual(asked, ['fail MalformedMedia']);
  });

  describe('with an error that the service reports within a chunk', () => {
    const error = { ErrorId: 5000, ErrorCode: 'INTERNAL', isInChunk: true } as const;

    it('delivers the chunk first, and fails then', () => {
      const consumer = response();
      consumer.inBandError(error);
      consumer.chunk(chunk(1));
      assert.deepEqual(asked, [`chunk ${number(1)}`, 'fail INTERNAL_ERROR']);
    });

    it('names it as the cause where the response breaks', () => {
      const consumer = response();
      consumer.inBandError(error);
      consumer.failed(new Error('socket hang up'));
      assert.deepEqual(asked, ['fail INTERNAL_ERROR']);
    });

    it('reports it at once where the response is held, since the chunk will not come again', () => {
      const consumer = response();
      reading = 'held';
      consumer.inBandError(error);
      consumer.chunk(chunk(1));
      assert.deepEqual(
        errors.map(({ ErrorType, action }) => [ErrorType, action]),
        [['INTERNAL_ERROR', 'retry']],
      );
    });

    it('forgets it with a chunk that was sent before', () => {
      response().chunk(chunk(1));
      const consumer = response();
      consumer.inBandError(error);
      consumer.chunk(chunk(1));
      consumer.ended();
      assert.deepEqual(asked, [`chunk ${number(1)}`, 'ended without new media']);
    });
  });
});
