import assert from 'node:assert/strict';
import type { Node, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import { FleetNode } from '../../../nodes/kvs-fleet/fleet-node';
import { fleetPortOf, type FleetPort } from '../../../nodes/kvs-fleet/fleet-port';
import { GetMediaNode } from '../../../nodes/kvs-get-media/get-media-node';
import { Checkpoints } from '../../../nodes/shared/checkpoints/checkpoints';
import { Inbox } from '../../../testing/helper-flow';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';

describe('the outputs of a node', () => {
  let node: Node;
  let port: FleetPort;
  let taken: Inbox<NodeMessage & { error?: { message: string } }>;

  beforeEach(async () => {
    const place = { z: 'tab', x: 1, y: 1 };
    const flow = [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'node', type: 'helper', ...place, wires: [['taker'], ['taker'], ['taker']] },
      { id: 'catch', type: 'catch', ...place, scope: ['node'], wires: [['taker']] },
      { id: 'taker', type: 'helper', ...place, wires: [] },
    ];
    await helper.load([], flow);
    node = helper.getNode('node');
    port = fleetPortOf(node, english);
    taken = new Inbox();
    helper.getNode('taker').on('input', (msg: NodeMessage) => {
      taken.push(msg);
    });
  });
  afterEach(async () => {
    await helper.unload();
  });

  const payloads = (): unknown[] => taken.all.map(({ payload }) => payload);

  it('send the frames that wait before all else that comes after them', async () => {
    port.frame({ payload: 'frame 1' });
    port.error({ payload: 'error 2' });
    port.frame({ payload: 'frame 3' });
    port.event({ payload: 'event 4' });
    port.frame({ payload: 'frame 5' });
    port.raise(new Error('An error.'), { payload: 'caught 6' });
    port.frame({ payload: 'frame 7' });
    port.media({ payload: 'complete 8' });
    port.frame({ payload: 'frame 9' });
    await taken.count(9);
    assert.deepEqual(payloads(), [
      ...['frame 1', 'error 2', 'frame 3', 'event 4', 'frame 5', 'caught 6', 'frame 7', 'complete 8'],
      'frame 9',
    ]);
  });

  const clock = new VirtualClock();
  const nothing = (): void => undefined;
  const checkpoints = (): Checkpoints =>
    new Checkpoints('key', { get: nothing, set: nothing }, undefined, nothing, clock);
  for (const [name, make] of [
    ['kvs-get-media', () => new GetMediaNode(port, { stream: 'demo' }, undefined, checkpoints, clock)],
    [
      'kvs-fleet',
      () => new FleetNode(port, { selectBy: 'message' }, undefined, 'member', checkpoints, clock),
    ],
  ] as const) {
    it(`send the frames that wait before the node is closed: ${name}`, async () => {
      port.frame({ payload: 'frame 1' });
      const closed = make().close();
      // The next nodes may be gone when the turn ends.
      node.send = nothing;
      await closed;
      await taken.count(1);
      assert.deepEqual(payloads(), ['frame 1']);
    });
  }

  it('send the other frames where one cannot be sent, and report that', async () => {
    const send = node.send.bind(node);
    node.send = (msg: NodeMessage) => {
      if (msg.payload === 'frame 2') {
        throw new Error('It cannot be sent.');
      }
      send(msg);
    };
    for (const payload of ['frame 1', 'frame 2', 'frame 3']) {
      port.frame({ payload });
    }
    await taken.count(3);
    const { error } = await taken.first(({ payload }) => payload === 'frame 2');
    assert.match(error?.message ?? '', /It cannot be sent\./);
    assert.deepEqual(payloads().sort(), ['frame 1', 'frame 2', 'frame 3']);
  });
});
