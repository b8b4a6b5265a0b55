import assert from 'node:assert/strict';
import { ResponseReader, type ResponseReaderEvents } from '../../src/session/response-reader';
import { EventLoopTurn } from '../../src/event-loop-turn';
import { LoopTurns } from '../../testing/loop-turns';
import { makeChunk, numberOf } from '../../testing/made-chunks';
import { ScriptedResponse } from '../../testing/scripted-service';
import { VirtualClock } from '../../testing/virtual-clock';

const AT = 1_700_000_000_000;
const STALL_MS = 20_000;
/** So much later it may be noticed. */
const LATE_MS = STALL_MS / 20;
const chunk = (sequence: number, more: Parameters<typeof makeChunk>[0] | object = {}): Buffer =>
  makeChunk({ sequence, at: AT + sequence, ...more });

/** Events of a response reader in the order in which they came, as text. */
class Rig {
  readonly clock = new VirtualClock();
  readonly response = new ScriptedResponse('request-1');
  readonly events: string[] = [];
  readonly reader: ResponseReader;
  /** Turns of the event loop that have been asked for. */
  readonly turns = new LoopTurns();
  onChunk: () => void = () => undefined;

  constructor(emit: 'chunk' | 'frame' = 'chunk') {
    const events: ResponseReaderEvents = {
      ...(emit === 'frame' && {
        frame: ({ index }, { FragmentNumber }) => {
          this.events.push(`frame ${index} of ${FragmentNumber}`);
        },
      }),
      chunk: ({ FragmentNumber }) => {
        this.events.push(`chunk ${FragmentNumber}`);
        this.onChunk();
      },
      truncated: (_, end) => this.events.push(`truncated, ${end ?? 'followed'}`),
      inBandError: ({ ErrorId }) => this.events.push(`error ${ErrorId}`),
      malformed: () => this.events.push('malformed'),
      tooLarge: () => this.events.push('too large'),
      ended: () => this.events.push('ended'),
      failed: ({ message }) => this.events.push(`failed: ${message}`),
      stalled: (silentMs) => this.events.push(`stalled ${silentMs}`),
      received: () => undefined,
    };
    const turn = new EventLoopTurn(this.turns.add);
    const options = { stallTimeoutMs: STALL_MS, maxChunkBytes: 1024 * 1024 };
    this.reader = new ResponseReader(this.response, options, this.clock, events, turn);
    this.reader.start();
  }
}

const number = (sequence: number): string => numberOf({ sequence, at: AT + sequence });

describe('the reader of a response', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });
  afterEach(() => {
    rig.reader.close();
    assert.equal(rig.clock.pending, 0, 'no timer outlives it');
  });

  it('reports chunks, and the end of the response after them', () => {
    rig.response.push(Buffer.concat([chunk(1), chunk(2)]), 7);
    rig.response.end();
    assert.deepEqual(rig.events, [`chunk ${number(1)}`, `chunk ${number(2)}`, 'ended']);
  });

  for (const [how, end] of [
    ['end', 'ended'],
    ['breakOff', 'broken'],
  ] as const) {
    it(`says of a truncated chunk whether the response ${end} with it or another chunk follows`, () => {
      rig.response.push(Buffer.concat([chunk(1, { hasTail: false }), chunk(2).subarray(0, -9)]));
      rig.response[how]();
      assert.deepEqual(rig.events.slice(0, 2), ['truncated, followed', `truncated, ${end}`]);
      assert.equal(rig.events.length, 3);
    });
  }

  it('stops within a slice when it is paused, and continues at the same byte', () => {
    rig.onChunk = () => {
      rig.reader.pause();
    };
    rig.response.push(Buffer.concat([chunk(1), chunk(2)]));
    assert.deepEqual(rig.events, [`chunk ${number(1)}`]);
    assert.ok(rig.response.paused);
    rig.reader.resume();
    assert.deepEqual(rig.events, [`chunk ${number(1)}`, `chunk ${number(2)}`]);
  });

  it('takes a response that broke while nobody read for one that ended', () => {
    rig.reader.pause();
    rig.response.paused = false;
    rig.response.breakOff();
    rig.reader.resume();
    assert.deepEqual(rig.events, ['ended']);
  });

  it('reports nothing once it is closed, and frees the socket', () => {
    rig.onChunk = () => {
      rig.reader.close();
    };
    rig.response.push(Buffer.concat([chunk(1), chunk(2)]));
    assert.deepEqual(rig.events, [`chunk ${number(1)}`]);
    assert.ok(rig.response.closed);
  });

  it('reports what a taker throws instead of throwing it into the socket', () => {
    rig.onChunk = () => {
      throw new Error('the taker failed');
    };
    rig.response.push(chunk(1));
    assert.deepEqual(rig.events, [`chunk ${number(1)}`, 'failed: the taker failed']);
  });

  describe('without bytes', () => {
    it('reports that it stalls, not before the time that is set has passed since the last byte, and little later', async () => {
      for (const beforeMs of [0, 1, STALL_MS / 2, STALL_MS - 1]) {
        rig = new Rig();
        await rig.clock.advance(beforeMs);
        rig.response.push(chunk(1).subarray(0, 10));
        await rig.clock.advance(STALL_MS - 1);
        assert.deepEqual(rig.events, [], `the byte after ${beforeMs} ms`);
        await rig.clock.advance(1 + LATE_MS);
        assert.deepEqual(rig.events, [`stalled ${STALL_MS}`], `the byte after ${beforeMs} ms`);
      }
    });

    it('is no stall when the process is blocked for longer, and bytes wait', async () => {
      rig.response.push(chunk(1));
      await rig.clock.advance(STALL_MS / 2);
      rig.clock.block(2 * STALL_MS);
      await rig.clock.advance(1);
      rig.response.push(chunk(2));
      await rig.clock.advance(STALL_MS - 1);
      assert.deepEqual(rig.events, [`chunk ${number(1)}`, `chunk ${number(2)}`]);
    });

    it('does not stall while it is paused', async () => {
      rig.reader.pause();
      await rig.clock.advance(10 * STALL_MS);
      assert.deepEqual(rig.events, []);
      rig.reader.resume();
      await rig.clock.advance(STALL_MS);
      assert.deepEqual(rig.events, [`stalled ${STALL_MS}`]);
    });

    for (const byMs of [-7_200_000, 7_200_000]) {
      it(`stalls after media that took several turns, on a clock set by ${byMs / 3_600_000} hours`, async () => {
        rig = new Rig('frame');
        rig.clock.setWall(byMs);
        const frames = Array.from({ length: 600 }, (_, i) => i);
        rig.response.push(chunk(1, { frames }));
        rig.turns.passAll();
        assert.equal(rig.events.length, 601);
        await rig.clock.advance(STALL_MS + LATE_MS);
        assert.equal(rig.events.at(-1), `stalled ${STALL_MS}`);
      });
    }
  });
});
