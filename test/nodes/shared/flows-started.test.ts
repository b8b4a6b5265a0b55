import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import RED from 'node-red';
import helper from 'node-red-node-test-helper';
import kvsConfig from '../../../nodes/kvs-config/kvs-config';
import kvsGetMedia from '../../../nodes/kvs-get-media/kvs-get-media';
import { FlowsStarted } from '../../../nodes/shared/flows-started';

helper.init(require.resolve('node-red'));

describe('the start of the flows', () => {
  it('is awaited by thirty nodes with one listener, which is gone afterwards', async () => {
    const { events } = RED.runtime;
    const counts: number[] = [];
    const before = events.listenerCount('flows:started');
    const count = (event: string): void => {
      if (event === 'flows:started') {
        counts.push(events.listenerCount(event) + 1 - before);
      }
    };
    events.on('newListener', count);
    const flow = Array.from({ length: 30 }, (_, i) => ({
      ...{ id: `media${i}`, type: 'kvs-get-media', z: 'tab', x: 1, y: 1, wires: [[], []] },
      autoStart: false,
    }));
    try {
      await helper.load([kvsConfig, kvsGetMedia], [{ id: 'tab', type: 'tab' }, ...flow]);
    } finally {
      events.removeListener('newListener', count);
    }
    // The test helper waits too, and it alone.
    assert.ok(Math.max(...counts) <= 2, counts.join());
    assert.equal(events.listenerCount('flows:started'), before);
    await helper.unload();
    assert.equal(events.listenerCount('flows:started'), before);
  });

  it('is told to all that still wait, once', () => {
    const events = new EventEmitter();
    const flows = new FlowsStarted(events);
    const began: string[] = [];
    const wait = (name: string): (() => void) =>
      flows.whenStarted(() => {
        began.push(name);
      });
    wait('first');
    const cancel = wait('closed');
    wait('second');
    cancel();
    events.emit('flows:started');
    events.emit('flows:started');
    assert.deepEqual(began, ['first', 'second']);
    wait('next deploy');
    cancel();
    assert.equal(events.listenerCount('flows:started'), 1);
    events.emit('flows:started');
    assert.deepEqual(began, ['first', 'second', 'next deploy']);
  });

  it('leaves no listener when all that waited have been closed', () => {
    const events = new EventEmitter();
    const flows = new FlowsStarted(events);
    const cancels = [1, 2].map(() => flows.whenStarted(() => undefined));
    for (const cancel of cancels) {
      cancel();
    }
    assert.equal(events.listenerCount('flows:started'), 0);
  });
});
