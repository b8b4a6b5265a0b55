import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import { Collector, SIMULATOR_KEYS, type CollectedMessage } from '../../testing/collector';
import { REPOSITORY, startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';

/** How often the camera of the stream `demo` sends. */
export const CHUNK_EVERY_MS = 200;

export interface Examples {
  readonly simulator: Simulator;
  /** The stream `demo`, which the examples read. */
  readonly stream: SimulatedStream;
  readonly nodeRed: RunningNodeRed;
  /** Has what the debug nodes of the example have been given. */
  readonly collector: Collector;
  /**
   * @param changes properties by type of node, to be others than the example's
   * @param begins the button to press where the example has it: only the first one starts when it is deployed
   */
  readonly deploy: (
    file: string,
    changes?: Readonly<Record<string, object>>,
    begins?: string,
  ) => Promise<void>;
  /** Presses the button of an inject node. */
  readonly press: (name: string) => Promise<void>;
  /** What the debug node of this name has been given. */
  readonly shown: (name: string) => CollectedMessage[];
  readonly until: (name: string, count: number) => Promise<void>;
  readonly numbers: (name: string) => string[];
  readonly errors: (name: string) => Record<string, unknown>[];
  /** Every number is the one that was produced after the number before. */
  readonly assertUnbroken: (got: readonly string[]) => void;
}

/**
 * Registers the hooks of a suite that deploys one example after the other in a Node-RED of its own. Each is as a user
 * imports it, but for the simulator's port; what its debug nodes show is collected.
 */
export function useExamples(): Examples {
  const simulator = new Simulator({ callsPerSecond: 1_000 });
  let stream: SimulatedStream;
  let camera: NodeJS.Timeout | undefined;
  let nodeRed: RunningNodeRed;
  let collector: Collector;
  let nodes: FlowNode[] = [];

  before(async () => {
    stream = simulator.addStream({ name: 'demo', live: false, profile: 'aws-sdk' });
    await simulator.start();
    nodeRed = await startNodeRed();
    camera = setInterval(() => stream.produce(1), CHUNK_EVERY_MS);
  });
  beforeEach(async () => {
    collector = new Collector();
    await collector.start();
  });
  afterEach(async () => {
    simulator.faults.clear();
    await nodeRed.deploy([]);
    await collector.stop();
  });
  after(async () => {
    clearInterval(camera);
    await nodeRed.stop();
    await simulator.stop();
  });

  async function deploy(
    file: string,
    changes: Readonly<Record<string, object>> = {},
    begins = 'start',
  ): Promise<void> {
    nodes = JSON.parse(readFileSync(join(REPOSITORY, 'examples', file), 'utf8')) as FlowNode[];
    const shown = new Map(
      nodes.filter(({ type }) => type === 'debug').map(({ id, name }) => [id, String(name)]),
    );
    const tab = nodes.find(({ type }) => type === 'tab')?.id ?? '';
    const config = nodes.find(({ type }) => type === 'kvs-config')?.id ?? '';
    const flow = nodes.map((node) => ({
      ...node,
      ...changes[node.type],
      ...(node.id === config ? { endpoint: simulator.endpoint } : {}),
      ...(node.type === 'http request'
        ? { url: String(node['url']).replace('http://127.0.0.1:1880', nodeRed.url) }
        : {}),
      ...(node['wires'] === undefined ? {} : { wires: tapped(node['wires'] as string[][], shown) }),
    }));
    await nodeRed.deploy([...flow, ...collector.nodes(tab, [...shown.values()])], {
      [config]: SIMULATOR_KEYS,
    });
    if (nodes.some(({ type, name }) => type === 'inject' && name === begins)) {
      await press(begins);
    }
  }

  const shown = (name: string): CollectedMessage[] =>
    collector.messages.filter(({ output }) => output === name);
  const until = (name: string, count: number): Promise<void> =>
    collector.until(`${count} of "${name}"`, () => shown(name).length >= count, 30_000);
  const numbers = (name: string): string[] => shown(name).map(({ kvs }) => String(kvs?.['FragmentNumber']));
  const errors = (name: string): Record<string, unknown>[] =>
    shown(name).map(({ payload }) => payload as Record<string, unknown>);

  async function press(name: string): Promise<void> {
    const button = nodes.find((node) => node.type === 'inject' && node['name'] === name);
    assert.ok(button !== undefined, name);
    await nodeRed.admin(`/inject/${button.id}`, {});
  }

  function assertUnbroken(got: readonly string[]): void {
    const produced = stream.fragments.map(({ FragmentNumber }) => FragmentNumber ?? '');
    const first = produced.indexOf(got[0] ?? '');
    assert.deepEqual(got, produced.slice(first, first + got.length));
  }

  return {
    ...{ simulator, deploy, press, shown, until, numbers, errors, assertUnbroken },
    get stream() {
      return stream;
    },
    get nodeRed() {
      return nodeRed;
    },
    get collector() {
      return collector;
    },
  };
}

/** Wires that reach what the debug nodes are given. */
function tapped(wires: readonly string[][], shown: ReadonlyMap<string, string>): string[][] {
  return wires.map((port) => [
    ...port,
    ...port.filter((id) => shown.has(id)).map((id) => `collect-${shown.get(id) ?? ''}`),
  ]);
}
