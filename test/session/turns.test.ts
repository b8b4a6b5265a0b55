import assert from 'node:assert/strict';
import { EventLoopTurn } from '../../src/event-loop-turn';
import { LoopTurns } from '../../testing/loop-turns';
import {
  FIXED,
  ID,
  KEYFRAME,
  chunk,
  elementOfUnknownSize,
  simpleBlock,
  uint,
} from '../../testing/matroska-writer';
import type { ScriptedResponse } from '../../testing/scripted-service';
import { SessionRig } from '../../testing/session-rig';

/** A few kilobytes with a thousand frames of no bytes, four blocks. */
const FRAMES = 1024;
const PER_BLOCK = 256;
const laced = simpleBlock(1, 0, KEYFRAME | FIXED, [PER_BLOCK - 1]);
const dense = (number: number, blocks = FRAMES / PER_BLOCK): Buffer =>
  chunk({
    number: String(number),
    cluster: elementOfUnknownSize(
      ID.Cluster,
      8,
      uint(ID.Timestamp, 0),
      ...new Array<Buffer>(blocks).fill(laced),
    ),
  });
const expected = (...numbers: readonly number[]): [string, number][] =>
  numbers.flatMap((number) =>
    Array.from({ length: FRAMES }, (_, index): [string, number] => [String(number), index]),
  );
/** So many frames may be on their way to the flow, and the rest of a block. */
const MOST_ON_THE_WAY = 384 + PER_BLOCK - 1;

describe('many frames in a few bytes', () => {
  let rig: SessionRig;
  let response: ScriptedResponse;

  const got = (): [string, number][] =>
    rig.frames.map(({ FragmentNumber, index }) => [FragmentNumber, index]);
  async function begin(options: ConstructorParameters<typeof SessionRig>[0] = {}): Promise<void> {
    rig = new SessionRig({ emit: 'frame', ...options });
    await rig.start();
    response = rig.service.last.open();
    await rig.settle();
  }

  afterEach(() => {
    rig.session.stop();
    assert.equal(rig.clock.pending, 0);
  });

  it('come a bounded number at a time, with those that are being taken, all of them and in order', async () => {
    await begin();
    response.push(Buffer.concat([dense(1), dense(2), dense(3)]));
    assert.ok(response.paused, 'the socket waits');
    let taken = 0;
    let most = 0;
    for (let sent = 0; taken < 3 * FRAMES;) {
      // What came in one turn goes out at its end, and has been taken by the end of the next one.
      most = Math.max(most, rig.frames.length - taken);
      [taken, sent] = [sent, rig.frames.length];
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(most > 0 && most <= MOST_ON_THE_WAY, `at most ${most}`);
    assert.deepEqual(got(), expected(1, 2, 3));
    assert.ok(!response.paused);
    assert.deepEqual(
      rig.checkpoints.map(({ FragmentNumber }) => FragmentNumber),
      ['1', '2', '3'],
    );
  });

  it('stop at once when the session is paused, and continue where they were', async () => {
    await begin();
    response.push(Buffer.concat([dense(1), dense(2)]));
    rig.session.pause();
    const sent = rig.frames.length;
    await rig.settle();
    assert.equal(rig.frames.length, sent);
    rig.session.resume();
    await rig.settle();
    assert.deepEqual(got(), expected(1, 2));
  });

  it('stop at once when the session is stopped', async () => {
    await begin();
    response.push(dense(1));
    rig.session.stop();
    const sent = rig.frames.length;
    await rig.settle();
    assert.equal(rig.frames.length, sent);
    assert.ok(response.closed);
  });

  for (const how of ['end', 'breakOff'] as const) {
    it(`all come before the session asks for more, though the response is over (${how})`, async () => {
      await begin();
      response.push(Buffer.concat([dense(1), dense(2)]));
      response[how]();
      await rig.settle();
      assert.deepEqual(got(), expected(1, 2));
      assert.deepEqual(
        rig.errors.map(({ ErrorType }) => ErrorType),
        how === 'end' ? [] : ['NetworkError'],
      );
    });
  }

  it('that wait while the session is paused are sent after a break, and the next call follows without an error', async () => {
    await begin();
    response.push(Buffer.concat([dense(1), dense(2)]), 1_000_000);
    rig.session.pause();
    response.resume();
    response.breakOff();
    await rig.settle();
    rig.session.resume();
    await rig.settle();
    assert.deepEqual(got(), expected(1, 2));
    assert.deepEqual(rig.errors, []);
    assert.equal(rig.service.calls.length, 2);
    assert.deepEqual(rig.service.last.selector, {
      StartSelectorType: 'CONTINUATION_TOKEN',
      ContinuationToken: '2',
    });
  });

  it('are not queued where the flow acknowledges each: the bytes wait', async () => {
    await begin({ maxInFlight: 1 });
    response.push(Buffer.concat([dense(1), dense(2)]));
    await rig.settle();
    assert.equal(rig.frames.length, 1);
    await rig.acknowledgeAll();
    assert.deepEqual(got(), expected(1, 2));
  });

  it('beyond what a chunk may have are reported; the chunk is skipped, and the next one comes', async () => {
    await begin();
    const bytes = Buffer.concat([dense(1), dense(2, 300), dense(3)]);
    for (let call = 0; call < 3; call++) {
      response.push(call === 0 ? bytes : bytes.subarray(dense(1).length), 1_000_000);
      await rig.settle();
      if (call < 2) {
        await rig.clock.advance(60_000);
        response = rig.service.last.open();
        await rig.settle();
      }
    }
    assert.deepEqual(
      rig.errors.map(({ ErrorType, action }) => [ErrorType, action]),
      ['retry', 'retry', 'skip'].map((action) => ['MalformedMedia', action]),
    );
    assert.match(rig.errors[0]?.message ?? '', /more than 20000 frames in a chunk/);
    const numbers = got();
    assert.equal(numbers.filter(([number]) => number === '2').length, 78 * PER_BLOCK);
    assert.deepEqual(
      numbers.filter(([number]) => number !== '2'),
      expected(1, 3),
    );
  });
});

describe('a turn of the event loop', () => {
  it('lets those who wait read in their order, each when there is room', () => {
    const turns = new LoopTurns();
    const turn = new EventLoopTurn(turns.add);
    const order: string[] = [];
    turn.spend(1_000, 0);
    assert.ok(turn.isExhausted);
    for (const name of ['a', 'b', 'c']) {
      turn.next(() => {
        order.push(name);
        turn.spend(name === 'a' ? 1 : 1_000, 0);
      });
    }
    const cancel = turn.next(() => order.push('cancelled'));
    cancel();
    const perTurn: string[] = [];
    while (turns.isDue) {
      const before = order.length;
      turns.pass();
      perTurn.push(order.slice(before).join(' '));
    }
    assert.deepEqual(
      perTurn.filter((names) => names !== ''),
      ['a b', 'c'],
    );
    assert.ok(!turn.isExhausted);
  });

  it('has no room for more until what went out at the end of the turn before has been taken', () => {
    const turns = new LoopTurns();
    const turn = new EventLoopTurn(turns.add);
    turn.spend(200, 0);
    assert.ok(!turn.isExhausted);
    turns.pass();
    turn.spend(183, 0);
    assert.ok(!turn.isExhausted);
    turn.spend(1, 0);
    assert.ok(turn.isExhausted);
    turns.pass();
    assert.ok(!turn.isExhausted, 'the first 200 have been taken');
    turn.spend(0, 8 * 1024 * 1024);
    assert.ok(turn.isExhausted, 'bytes count too');
    turns.passAll();
    assert.ok(!turn.isExhausted);
  });

  it('sends at its end what it has brought, and continues with those who wait when that has been taken', async () => {
    const turn = new EventLoopTurn();
    const order: string[] = [];
    turn.spend(1_000, 0);
    turn.atEnd(() => {
      order.push('sent');
      // As Node-RED hands on a message.
      setImmediate(() => order.push('taken'));
    });
    await new Promise<void>((resolve) => {
      turn.next(() => {
        order.push('continued');
        resolve();
      });
    });
    assert.deepEqual(order, ['sent', 'taken', 'continued']);
  });

  it('does once what is to be done at its end, though nothing else has come', () => {
    const turns = new LoopTurns();
    const turn = new EventLoopTurn(turns.add);
    let count = 0;
    turn.atEnd(() => {
      count += 1;
    });
    assert.equal(count, 0);
    turns.passAll();
    assert.equal(count, 1);
  });

  describe('for work in steps', () => {
    /** A turn in which each step takes 4 ms: three of them fill it. */
    function slowTurn(): {
      turn: EventLoopTurn;
      turns: LoopTurns;
      work: (name: string, steps: number) => Generator<undefined, void>;
      order: string[];
    } {
      const turns = new LoopTurns();
      const order: string[] = [];
      let now = 0;
      const turn = new EventLoopTurn(turns.add, () => now);
      const work = function* (name: string, steps: number): Generator<undefined, void> {
        for (let step = 1; step <= steps; step++) {
          now += 4;
          order.push(`${name}${step}`);
          yield;
        }
      };
      return { turn, turns, work, order };
    }

    it('begins at once, and continues in the turns that follow', async () => {
      const { turn, turns, work, order } = slowTurn();
      const done = turn.run(work('a', 5));
      assert.deepEqual(order, ['a1', 'a2', 'a3']);
      turns.pass();
      assert.equal(order.length, 5);
      await done;
    });

    it('is shared by all who work', async () => {
      const { turn, turns, work, order } = slowTurn();
      const all = Promise.all([turn.run(work('a', 7)), turn.run(work('b', 3)), turn.run(work('c', 1))]);
      assert.deepEqual(order, ['a1', 'a2', 'a3']);
      const perTurn: string[] = [];
      while (turns.isDue) {
        const before = order.length;
        turns.pass();
        perTurn.push(order.slice(before).join(' '));
      }
      await all;
      assert.deepEqual(
        perTurn.filter((steps) => steps !== ''),
        ['a4 a5 a6', 'b1 b2 b3', 'c1 a7'],
      );
    });

    it('ends with what a step throws, and others continue', async () => {
      const { turn, turns, work, order } = slowTurn();
      const failing = function* (): Generator<undefined, void> {
        yield* work('a', 4);
        throw new Error('This step fails.');
      };
      const rejected = assert.rejects(turn.run(failing()), /This step fails/);
      const done = turn.run(work('b', 1));
      turns.passAll();
      await rejected;
      await done;
      assert.deepEqual(order, ['a1', 'a2', 'a3', 'a4', 'b1']);
    });
  });
});
