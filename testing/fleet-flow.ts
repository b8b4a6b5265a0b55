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
  const [fleet] = await loadFleets(endpoint, properties, 1);
  if (fleet === undefined) {
    throw new Error('There is no fleet node.');
  }
  return fleet;
}

/** Several nodes with the same settings. To unload one is to unload all. */
export async function loadFleets(
  endpoint: string,
  properties: Readonly<Record<string, unknown>>,
  count: number,
): Promise<FleetFlow[]> {
  const names = Array.from({ length: count }, (_, index) => String(index));
  const flow = [
    { id: 'tab', type: 'tab', label: 'test' },
    simulatorConfig(endpoint),
    ...names.flatMap((name) => {
      const outputs = ['out', 'err', 'events'].map((output) => `${output}-${name}`);
      const place = { z: 'tab', x: 1, y: 1 };
      const wires = outputs.map((id) => [id]);
      return [
        { id: `fleet-${name}`, type: 'kvs-fleet', ...place, config: 'config', ...properties, wires },
        ...outputs.map((id) => ({ id, type: 'helper', ...place, wires: [] })),
      ];
    }),
  ];
  await helper.load([inEnglish(kvsConfig), inEnglish(kvsFleet)], flow, { config: { ...SIMULATOR_KEYS } });
  return names.map(flowOf);
}

function flowOf(name: string): FleetFlow {
  const [media, errors] = [new Inbox<MediaMessage>(), new Inbox<ErrorMessage>()];
  const [events, statuses] = [new Inbox<EventMessage>(), new Inbox<NodeStatus>()];
  const node = helper.getNode(`fleet-${name}`);
  helper.getNode(`out-${name}`).on('input', (msg) => {
    media.push(msg as MediaMessage);
  });
  helper.getNode(`err-${name}`).on('input', (msg) => {
    errors.push(msg as ErrorMessage);
  });
  helper.getNode(`events-${name}`).on('input', (msg) => {
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
