import assert from 'node:assert/strict';
import { ConvertNode, type ConvertSend } from '../../../nodes/kvs-convert/convert-node';
import type { ChunkIdentity } from '../../../src/convert';
import { EventLoopTurn } from '../../../src/event-loop-turn';
import { KeyFrameDecoder } from '../../../src/pictures';
import { LoopTurns } from '../../../testing/loop-turns';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';
import { AVCC, pictures, smallChunk, videoEntry } from '../../convert/small-streams';

/** A chunk of that number. */
function carried(number: string): Buffer {
  return smallChunk({
    number: Number(number),
    at: Number(number) * 1_000,
    tracks: [videoEntry(AVCC)],
    blocks: pictures(3),
  });
}

/** 19,000 pictures of a few bytes. */
function longChunk(): Buffer {
  const blocks = pictures(19_000).map((one, i) => ({ ...one, time: i }));
  return smallChunk({ number: 1, at: 0, tracks: [videoEntry(AVCC)], blocks });
}

describe('a message that takes long', () => {
  /** Each look at the clock is 4 ms later: a turn has room for three steps. */
  function slowTurn(turns: LoopTurns): EventLoopTurn {
    let now = 0;
    return new EventLoopTurn(turns.add, () => (now += 4));
  }

  function nodeOf(to: string, turn: EventLoopTurn): ConvertNode {
    const quiet = (): void => undefined;
    return new ConvertNode(
      { status: quiet, warn: quiet, log: quiet, words: english, clone: (msg) => structuredClone(msg) },
      { to },
      { decoder: new KeyFrameDecoder('no-such-ffmpeg'), turn, clock: new VirtualClock() },
    );
  }

  it('leaves others their turn, and its own node keeps the order', async () => {
    const turns = new LoopTurns();
    const turn = slowTurn(turns);
    const [busy, other] = [nodeOf('info', turn), nodeOf('info', turn)];
    const got: string[] = [];
    const sendTo =
      (name: string): ConvertSend =>
      ([media]) => {
        got.push(...(media ?? []).map(({ kvs }) => `${name} ${(kvs as ChunkIdentity).FragmentNumber}`));
      };
    const handled = [
      busy.handle({ payload: longChunk() }, sendTo('busy')),
      busy.handle({ payload: carried('2') }, sendTo('busy')),
      other.handle({ payload: carried('3') }, sendTo('other')),
    ];
    assert.deepEqual(got, []);
    let count = 0;
    while (turns.isDue) {
      turns.pass();
      await new Promise((resolve) => setImmediate(resolve));
      count += 1;
    }
    await Promise.all(handled);
    assert.ok(count > 10, `${count} turns`);
    assert.deepEqual(got, ['other 3', 'busy 1', 'busy 2']);
    busy.close();
    other.close();
  });

  it('is not continued by a node that was closed', async () => {
    const turns = new LoopTurns();
    const node = nodeOf('mp4', slowTurn(turns));
    let sent = 0;
    const handled = node.handle({ payload: longChunk() }, () => {
      sent += 1;
    });
    node.close();
    turns.pass();
    await handled;
    assert.equal(sent, 0);
  });
});

describe('messages that come faster than they can be converted', () => {
  it('are converted in their order, so many in each turn of the event loop', async () => {
    const turns = new LoopTurns();
    const quiet = (): void => undefined;
    const node = new ConvertNode(
      { status: quiet, warn: quiet, log: quiet, words: english, clone: (msg) => structuredClone(msg) },
      { to: 'info' },
      {
        decoder: new KeyFrameDecoder('no-such-ffmpeg'),
        turn: new EventLoopTurn(turns.add),
        clock: new VirtualClock(),
      },
    );
    const got: unknown[] = [];
    const numbers = Array.from({ length: 400 }, (_, i) => String(i + 1));
    const handled = numbers.map((number) =>
      node.handle({ payload: carried(number) }, ([media]) => {
        got.push(...(media ?? []).map(({ kvs }) => (kvs as { FragmentNumber: string }).FragmentNumber));
      }),
    );
    assert.ok(got.length > 0 && got.length < 260);
    let before = got.length;
    while (turns.isDue) {
      turns.pass();
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(got.length - before < 260);
      before = got.length;
    }
    await Promise.all(handled);
    assert.deepEqual(got, numbers);
    node.close();
  });
});
