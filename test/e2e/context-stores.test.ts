import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import {
  Collector,
  SIMULATOR_KEYS,
  mediaNode,
  simulatorConfig,
  type CollectedMessage,
} from '../../testing/collector';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';

/**
 * A store with asynchronous access alone, as one on a server has: any other use throws. It takes its time, keeps its
 * values in `server.json` of the user directory, and fails or falls silent while a file `failing` or `silent` is there.
 */
const SERVER_STORE = `
const fs = require('fs');
const path = require('path');
const file = (name) => path.join(__dirname, name);
const content = () => (fs.existsSync(file('server.json')) ? JSON.parse(fs.readFileSync(file('server.json'), 'utf8')) : {});
function answer(callback, work) {
  if (typeof callback !== 'function') {
    throw new Error('This store has asynchronous access only.');
  }
  if (fs.existsSync(file('silent'))) {
    return;
  }
  setTimeout(() => {
    if (fs.existsSync(file('failing'))) {
      callback(new Error('the server is down'));
    } else {
      callback(null, work());
    }
  }, 20);
}
const serverStore = () => ({
  open: () => Promise.resolve(),
  close: () => Promise.resolve(),
  get: (scope, key, callback) => answer(callback, () => content()[scope + ' ' + key]),
  set: (scope, key, value, callback) =>
    answer(callback, () => fs.writeFileSync(file('server.json'), JSON.stringify({ ...content(), [scope + ' ' + key]: value }))),
  keys: (scope, callback) => answer(callback, () => []),
  delete: () => Promise.resolve(),
  clean: () => Promise.resolve(),
});
module.exports.contextStorage = {
  default: { module: 'memory' },
  file: { module: 'localfilesystem', config: { cache: false } },
  server: { module: serverStore },
};
`;

describe('checkpoints in the context stores of a real Node-RED', function () {
  this.timeout(60_000);
  const simulator = new Simulator({ idleEndMs: 200, callsPerSecond: 1_000 });
  let collector: Collector;
  let stream: SimulatedStream;
  let nodeRed: RunningNodeRed;
  let streams = 0;

  before(async () => {
    await simulator.start();
    nodeRed = await startNodeRed({ settingsScript: SERVER_STORE });
  });
  after(async () => {
    await nodeRed.stop();
    await simulator.stop();
  });
  beforeEach(async () => {
    stream = simulator.addStream({ name: `kept-${streams++}`, live: false, profile: 'aws-sdk' });
    collector = new Collector();
    await collector.start();
  });
  afterEach(async () => {
    for (const name of ['failing', 'silent']) {
      rmSync(join(nodeRed.userDir, name), { force: true });
    }
    if (nodeRed.pid === undefined) {
      await nodeRed.start();
    }
    // With its nodes Node-RED forgets what it keeps of them; the server's store does not.
    await nodeRed.deploy([]);
    rmSync(join(nodeRed.userDir, 'server.json'), { force: true });
    await collector.stop();
  });

  const flow = (checkpointStore: string): FlowNode[] => [
    { id: 'tab', type: 'tab', label: 'stores' },
    simulatorConfig(simulator.endpoint),
    mediaNode('media', 'tab', { stream: stream.name, startSelectorType: 'EARLIEST', checkpointStore }),
    ...collector.nodes('tab', ['media', 'errors']),
  ];

  async function begin(checkpointStore: string): Promise<RunningNodeRed> {
    await nodeRed.deploy(flow(checkpointStore), { config: SIMULATOR_KEYS });
    return nodeRed;
  }

  const numbers = (): string[] => collector.of('media').map(({ kvs }) => String(kvs?.['FragmentNumber']));
  const produced = (): string[] => stream.fragments.map(({ FragmentNumber }) => FragmentNumber ?? '');
  const media = (count: number): Promise<void> =>
    collector.until(`${count} chunks`, () => numbers().length >= count);
  const errors = (): Record<string, unknown>[] =>
    collector.of('errors').map(({ payload }: CollectedMessage) => payload as Record<string, unknown>);
  const error = async (message: RegExp): Promise<Record<string, unknown>> => {
    const find = (): Record<string, unknown> | undefined =>
      errors().find((payload) => message.test(String(payload['message'])));
    await collector.until(String(message), () => find() !== undefined, 30_000);
    return find() ?? {};
  };

  for (const store of ['file', 'server']) {
    it(`continue after the last chunk after a restart, in the store "${store}", which is asynchronous`, async () => {
      stream.produce(3);
      const running = await begin(store);
      await media(3);
      await running.end();
      stream.produce(2);
      await running.start();
      await media(5);
      assert.deepEqual(numbers(), produced());
      assert.deepEqual(errors(), []);
    });
  }

  it('are in the store that the node names, and in no other', async () => {
    stream.produce(1);
    const running = await begin('server');
    await media(1);
    await running.end();
    const kept = JSON.parse(readFileSync(join(running.userDir, 'server.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    assert.deepEqual(Object.keys(kept), ['media:tab checkpoint']);
  });

  it('are reported when the store fails, while media go on; and are kept again when it is back', async () => {
    stream.produce(1);
    const running = await begin('server');
    await media(1);
    writeFileSync(join(running.userDir, 'failing'), '');
    stream.produce(2);
    await media(3);
    const { ErrorType, operation, action } = await error(/could not be written .*: the server is down/);
    assert.deepEqual([ErrorType, operation, action], ['InvalidInput', 'Checkpoint', 'ignore']);
    rmSync(join(running.userDir, 'failing'));
    stream.produce(2);
    await media(5);
    await running.restart();
    stream.produce(1);
    await media(6);
    assert.deepEqual(numbers(), produced());
    assert.equal(errors().length, 1, 'said once');
  });

  it('are reported when the store does not answer; reading begins where the settings say, and a stop is quick', async () => {
    stream.produce(1);
    const running = await begin('server');
    await media(1);
    await running.end();
    writeFileSync(join(running.userDir, 'silent'), '');
    await running.start();
    const { operation } = await error(/could not be read .* no answer within/);
    assert.equal(operation, 'Checkpoint');
    await media(2);
    assert.deepEqual(numbers(), [...produced(), ...produced()]);
    const from = running.log.length;
    await running.restart();
    assert.deepEqual(
      running.log.slice(from).filter((line) => /timed out/i.test(line)),
      [],
    );
  });

  const edits: readonly [
    name: string,
    edit: (checkpoint: Record<string, unknown>) => unknown,
    problem: RegExp,
  ][] = [
    ['another stream’s', (kept) => ({ ...kept, StreamName: 'front-door' }), /belongs to another stream/],
    [
      'one with a malformed number',
      (kept) => ({ ...kept, FragmentNumber: '12 345' }),
      /FragmentNumber is not a string of digits/,
    ],
    ['no object at all', () => 'yesterday', /is not an object/],
  ];
  for (const [name, edit, problem] of edits) {
    it(`edited by hand to ${name} are reported and ignored`, async () => {
      stream.produce(2);
      const running = await begin('file');
      await media(2);
      await running.end();
      const file = join(running.userDir, 'context', 'tab', 'media.json');
      const { checkpoint } = JSON.parse(readFileSync(file, 'utf8')) as {
        checkpoint: Record<string, unknown>;
      };
      writeFileSync(file, JSON.stringify({ checkpoint: edit(checkpoint) }));
      await running.start();
      const { ErrorType, operation, action, retryable } = await error(problem);
      assert.deepEqual(
        [ErrorType, operation, action, retryable],
        ['InvalidInput', 'Checkpoint', 'ignore', false],
      );
      await media(4);
      assert.deepEqual(numbers(), [...produced(), ...produced()], 'from where the settings say');
      assert.equal(errors().length, 1);
    });
  }

  it('in memory are announced as such in the log and to the dialog; those in a file are not', async () => {
    stream.produce(1);
    const note = /The checkpoint of stream ".*" is kept in memory only, in the default context store: /;
    const running = await begin('');
    await media(1);
    stream.produce(1);
    await media(2);
    assert.equal(running.log.filter((line) => note.test(line)).length, 1);
    const settings = (await running.admin('/settings')) as Record<string, unknown>;
    assert.deepEqual(settings['kvsGetMediaMemoryStores'], ['', 'default']);
    const from = running.log.length;
    await running.deploy(flow('file'));
    stream.produce(1);
    await media(3);
    assert.equal(running.log.slice(from).filter((line) => line.includes('kept in memory')).length, 0);
  });

  it('in a file that is no JSON any more are reported, and media go on', async () => {
    stream.produce(1);
    const running = await begin('file');
    await media(1);
    await running.end();
    writeFileSync(join(running.userDir, 'context', 'tab', 'media.json'), '{"checkpoint": {"vers');
    await running.start();
    const { operation } = await error(/could not be read from the context store/);
    assert.equal(operation, 'Checkpoint');
    await media(2);
    assert.deepEqual(numbers(), [...produced(), ...produced()]);
  });
});
