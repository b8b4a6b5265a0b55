import assert from 'node:assert/strict';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import {
  Collector,
  SIMULATOR_KEYS,
  mediaNode,
  simulatorConfig,
  type CollectedMessage,
} from '../../testing/collector';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';

/** A deploy of what has changed alone, as the editor's "Modified nodes" makes it: two readers of one config node. */
describe('a deploy of modified nodes in a real Node-RED', function () {
  this.timeout(60_000);
  const simulator = new Simulator({ idleEndMs: 60_000, callsPerSecond: 1_000 });
  const collector = new Collector();
  const streams: Record<'left' | 'right', SimulatedStream | undefined> = {
    left: undefined,
    right: undefined,
  };
  let nodeRed: RunningNodeRed | undefined;

  interface Change {
    readonly left?: Readonly<Record<string, unknown>>;
    readonly config?: Readonly<Record<string, unknown>>;
    readonly without?: 'left';
  }

  /** Both begin with what is new; where they go on is up to their checkpoints. */
  const flow = ({ left = {}, config = {}, without }: Change = {}): FlowNode[] => [
    { id: 'tab', type: 'tab', label: 'redeployed' },
    { ...simulatorConfig(simulator.endpoint), ...config },
    ...(['left', 'right'] as const)
      .filter((id) => id !== without)
      .map((id) =>
        mediaNode(id, 'tab', {
          ...{ stream: id, startSelectorType: 'EARLIEST' },
          ...(id === 'left' ? left : {}),
        }),
      ),
    ...collector.nodes('tab', ['media', 'errors']),
  ];

  before(async () => {
    for (const name of ['left', 'right'] as const) {
      streams[name] = simulator.addStream({ name, live: false, profile: 'aws-sdk' });
    }
    await simulator.start();
    await collector.start();
    nodeRed = await startNodeRed({ flows: flow(), credentials: { config: SIMULATOR_KEYS } });
  });
  after(async () => {
    await nodeRed?.stop();
    await collector.stop();
    await simulator.stop();
  });

  const produced = (name: 'left' | 'right'): (string | undefined)[] =>
    streams[name]?.fragments.map(({ FragmentNumber }) => FragmentNumber) ?? [];
  const got = (name: 'left' | 'right'): CollectedMessage[] =>
    collector.of('media').filter(({ topic }) => topic === name);
  const numbers = (name: 'left' | 'right'): unknown[] => got(name).map(({ kvs }) => kvs?.['FragmentNumber']);
  const calls = (name: 'left' | 'right'): number => simulator.stats.streams[name]?.calls ?? 0;

  /** Produces a chunk on both streams and waits until the given readers have sent everything. */
  async function one(...readers: ('left' | 'right')[]): Promise<void> {
    streams.left?.produce(1);
    streams.right?.produce(1);
    for (const reader of readers) {
      await collector.until(`the chunks of ${reader}`, () => got(reader).length >= produced(reader).length);
      assert.deepEqual(numbers(reader), produced(reader), `${reader}: each chunk once and in order`);
    }
  }

  async function deploy(change: Change, credentials = {}): Promise<void> {
    assert.ok(nodeRed !== undefined);
    await nodeRed.deploy(flow(change), credentials, 'nodes');
  }

  it('leaves the other reader alone when one is changed', async () => {
    await one('left', 'right');
    const before = { left: calls('left'), right: calls('right') };
    await deploy({ left: { stallTimeoutSeconds: 30 } });
    await one('left', 'right');
    assert.ok(calls('left') > before.left, 'the changed one has begun anew');
    assert.equal(calls('right'), before.right, 'the other one has not');
    const sequence = got('right').map(({ kvs }) => kvs?.['sequence']);
    assert.deepEqual(
      sequence,
      sequence.map((_, i) => i),
      'it is still in its first session',
    );
  });

  it('restarts both readers of a config node that is changed, and each continues after its last chunk', async () => {
    const before = { left: calls('left'), right: calls('right') };
    await deploy({ config: { name: 'renamed' } });
    await one('left', 'right');
    assert.ok(calls('left') > before.left);
    assert.ok(calls('right') > before.right);
  });

  it('takes other credentials into use for both', async () => {
    const keys = { accessKeyId: 'another', secretAccessKey: 'secret' };
    const before = { left: calls('left'), right: calls('right') };
    simulator.setCredentials(keys);
    await deploy({ config: { name: 'renamed' } }, { config: keys });
    await one('left', 'right');
    assert.ok(calls('left') > before.left);
    assert.ok(calls('right') > before.right);
    assert.deepEqual(collector.of('errors'), []);
  });

  it('frees the socket of a reader that is removed, and the other one goes on', async () => {
    assert.equal(simulator.stats.streams['left']?.openConnections, 1);
    const before = calls('right');
    const freed = new Promise<void>((resolve) => {
      simulator.on('connection', ({ stream, open }) => {
        if (stream === 'left' && open === 0) {
          resolve();
        }
      });
    });
    await deploy({ config: { name: 'renamed' }, without: 'left' });
    await freed;
    await one('right');
    assert.equal(calls('right'), before);
    assert.equal(simulator.stats.streams['left'].openConnections, 0);
  });

  it('has logged neither a warning nor an error of a node', () => {
    assert.deepEqual(
      nodeRed?.log.filter((line) => /\[(warn|error)\] \[/.test(line)),
      [],
    );
  });
});
