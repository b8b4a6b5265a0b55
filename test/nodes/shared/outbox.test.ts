import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import { Outbox } from '../../../nodes/shared/outbox';
import { EventLoopTurn } from '../../../src/event-loop-turn';
import { LoopTurns } from '../../../testing/loop-turns';

describe('the outbox of a node', () => {
  let turns: LoopTurns;
  let sent: unknown[];
  let send: (msg: NodeMessage) => void;
  let outbox: Outbox;

  beforeEach(() => {
    turns = new LoopTurns();
    sent = [];
    send = ({ payload }) => {
      sent.push(payload);
    };
    outbox = new Outbox((msg) => {
      send(msg);
    }, new EventLoopTurn(turns.add));
  });

  const add = (...payloads: readonly string[]): void => {
    for (const payload of payloads) {
      outbox.add({ payload });
    }
  };

  it('sends what a turn has brought at its end, in order', () => {
    add('a', 'b', 'c');
    assert.deepEqual(sent, []);
    turns.pass();
    assert.deepEqual(sent, ['a', 'b', 'c']);
    add('d');
    turns.passAll();
    assert.deepEqual(sent, ['a', 'b', 'c', 'd']);
  });

  it('sends at once what waits where something else is to follow, and nothing twice', () => {
    add('a', 'b');
    outbox.flush();
    assert.deepEqual(sent, ['a', 'b']);
    add('c');
    turns.passAll();
    assert.deepEqual(sent, ['a', 'b', 'c']);
  });

  it('keeps the order where a message that is being sent leads to the next one', () => {
    send = ({ payload }) => {
      sent.push(payload);
      if (payload === 'a') {
        add('d');
        outbox.flush();
        sent.push('an error');
      }
    };
    add('a', 'b', 'c');
    turns.passAll();
    assert.deepEqual(sent, ['a', 'b', 'c', 'd', 'an error']);
  });
});
