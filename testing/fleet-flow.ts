/** A kvs-fleet and a kvs-config in a Node-RED run time within this process, with what leaves the fleet. */
import helper from 'node-red-node-test-helper';
import type { NodeMessage, NodeStatus } from 'node-red';
import kvsConfig from '../nodes/kvs-config/kvs-config';
import kvsFleet from '../nodes/kvs-fleet/kvs-fleet';
import { SIMULATOR_KEYS, simulatorConfig } from './collector';
import { Inbox, type ErrorMessage, type MediaMessage } from './helper-flow';
import { inEnglish } from './texts';

/** A message of the third output. */
export interface EventMessage extends NodeMessage {
  readonly payload: Readonly<Record<string, unknown>> & {
    readonly event: string;
    readonly StreamName?: string;
  };
}

export interface FleetFlow {
  readonly media: Inbox<MediaMessage>;
  readonly errors: Inbox<ErrorMessage>;
  readonly events: Inbox<EventMessage>;
  readonly statuses: Inbox<NodeStatus>;
  /** Sends a message to the input. */
  readonly input: (msg: Record<string, unknown>) => void;
  /** Closes all nodes, as a deploy does. */
  readonly unload: () => Promise<void>;
}

export async function loadFleet(
  endpoint: string,
  properties: Readonly<Record<string, unknown>> = {},
): Promise<FleetFlow> {
  const wires = [['out'], ['err'], ['events']];
  const flow = [
    { id: 'tab', type: 'tab', label: 'test' },
    simulatorConfig(endpoint),
    { id: 'fleet', type: 'kvs-fleet', z: 'tab', x: 1, y: 1, config: 'config', ...properties, wires },
    ...['out', 'err', 'events'].map((id) => ({ id, type: 'helper', z: 'tab', x: 1, y: 1, wires: [] })),
  ];
  await helper.load([inEnglish(kvsConfig), inEnglish(kvsFleet)], flow, { config: { ...SIMULATOR_KEYS } });
  const [media, errors] = [new Inbox<MediaMessage>(), new Inbox<ErrorMessage>()];
  const [events, statuses] = [new Inbox<EventMessage>(), new Inbox<NodeStatus>()];
  const node = helper.getNode('fleet');
  helper.getNode('out').on('input', (msg) => {
    media.push(msg as MediaMessage);
  });
  helper.getNode('err').on('input', (msg) => {
    errors.push(msg as ErrorMessage);
  });
  helper.getNode('events').on('input', (msg) => {
    events.push(msg as EventMessage);
  });
  node.on('call:status' as 'close', (call: unknown) => {
    statuses.push((call as { args: [NodeStatus] }).args[0]);
  });
  return {
    ...{ media, errors, events, statuses },
    input: (msg) => {
      node.receive(msg);
    },
    unload: async () => {
      await helper.unload();
    },
  };
}
