/** A kvs-archive in a Node-RED run time within this process, and what a simulator has stored for it. */
import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import type { Node, NodeMessage, NodeStatus } from 'node-red';
import kvsArchive from '../../../nodes/kvs-archive/kvs-archive';
import kvsConfig from '../../../nodes/kvs-config/kvs-config';
import { Simulator, type SimulatedStream } from '../../../src/simulator';
import { SIMULATOR_KEYS, simulatorConfig } from '../../../testing/collector';
import { Inbox, type ErrorMessage } from '../../../testing/helper-flow';
import { inEnglish } from '../../../testing/texts';

export const MINUTE = 60_000;

export interface Answer extends NodeMessage {
  readonly payload: unknown;
  readonly kvs: Readonly<Record<string, unknown>> & { readonly FragmentNumber?: string };
  readonly [property: string]: unknown;
}

export interface ArchiveFlow {
  readonly answers: Inbox<Answer>;
  readonly errors: Inbox<ErrorMessage & { readonly request?: string }>;
  readonly statuses: Inbox<NodeStatus>;
  readonly caught: Inbox<NodeMessage>;
  /** Messages of a Complete node. */
  readonly completed: Inbox<NodeMessage>;
  readonly send: (msg: object) => void;
}

/** What the node sends, and an input for requests of it. The properties are those that differ from a node for chunks. */
export async function load(endpoint: string, properties: object): Promise<ArchiveFlow> {
  const [answers, errors] = [new Inbox<Answer>(), new Inbox<ErrorMessage>()];
  const [statuses, caught, completed] = [
    new Inbox<NodeStatus>(),
    new Inbox<NodeMessage>(),
    new Inbox<NodeMessage>(),
  ];
  const flow = [
    { id: 'tab', type: 'tab', label: 'test' },
    simulatorConfig(endpoint),
    {
      ...{ id: 'archive', type: 'kvs-archive', z: 'tab', x: 1, y: 1, config: 'config', stream: 'hall' },
      output: 'chunks',
      ...properties,
      wires: [['out'], ['err']],
    },
    ...['out', 'err', 'caught', 'completed'].map((id) => ({
      id,
      type: 'helper',
      z: 'tab',
      x: 1,
      y: 1,
      wires: [],
    })),
    { id: 'catch', type: 'catch', z: 'tab', x: 1, y: 1, scope: null, wires: [['caught']] },
    { id: 'done', type: 'complete', z: 'tab', x: 1, y: 1, scope: ['archive'], wires: [['completed']] },
  ];
  await helper.load([kvsConfig, inEnglish(kvsArchive)], flow, {
    config: { ...SIMULATOR_KEYS },
  });
  const listen = (id: string, take: (msg: NodeMessage) => void): void => {
    helper.getNode(id).on('input', take);
  };
  listen('out', (msg) => {
    answers.push(msg as Answer);
  });
  listen('err', (msg) => {
    errors.push(msg as ErrorMessage);
  });
  listen('caught', (msg) => {
    caught.push(msg);
  });
  listen('completed', (msg) => {
    completed.push(msg);
  });
  const node: Node = helper.getNode('archive');
  node.on('call:status' as 'close', (call: unknown) => {
    statuses.push((call as { args: [NodeStatus] }).args[0]);
  });
  return {
    ...{ answers, errors, statuses, caught, completed },
    send: (msg) => {
      node.receive(msg as NodeMessage);
    },
  };
}

export const numbers = (answers: readonly Answer[]) => answers.map(({ kvs }) => kvs.FragmentNumber);

export interface StoredHall {
  readonly simulator: Simulator;
  readonly stream: SimulatedStream;
  /** When its media ends. */
  readonly now: number;
  /** The fragments that show anything of a range. */
  readonly stored: (from: number, to: number) => string[];
  /** A range by minutes ago. */
  readonly range: (beginMinutes: number, endMinutes: number) => { from: number; to: number };
}

/**
 * Registers the hooks of a suite that asks for the last 20 minutes of the stream `hall`. Beside it are `empty`, and
 * `unstored`, which has no retention. After each test the flow is unloaded, and no fault is left.
 */
export function useStoredHall(): StoredHall {
  const simulator = new Simulator({ idleEndMs: 100, callsPerSecond: 1_000 });
  let stream: SimulatedStream | undefined;
  let now = 0;

  before(async () => {
    await simulator.start();
    now = Date.now();
    stream = simulator.addStream({ name: 'hall', live: false, profile: 'aws-sdk', prefillMs: 20 * MINUTE });
    simulator.addStream({ name: 'empty', live: false, profile: 'aws-sdk' });
    simulator.addStream({
      ...{ name: 'unstored', live: false, profile: 'aws-sdk' },
      ...{ prefillMs: 10 * MINUTE, retentionMs: 0 },
    });
  });
  after(async () => {
    await simulator.stop();
  });
  afterEach(async () => {
    await helper.unload();
    simulator.faults.clear();
  });

  const hall = (): SimulatedStream => {
    assert.ok(stream !== undefined);
    return stream;
  };
  return {
    simulator,
    get stream() {
      return hall();
    },
    get now() {
      return now;
    },
    stored: (from, to) => {
      const all = [...hall().fragments];
      return all
        .filter((fragment, index) => {
          const begin = fragment.ProducerTimestamp ?? 0;
          const end = all[index + 1]?.ProducerTimestamp ?? Infinity;
          return begin < to && end > from;
        })
        .map(({ FragmentNumber }) => FragmentNumber ?? '');
    },
    range: (beginMinutes, endMinutes) => ({
      from: now - beginMinutes * MINUTE,
      to: now - endMinutes * MINUTE,
    }),
  };
}
