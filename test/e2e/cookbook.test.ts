import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import { Collector, SIMULATOR_KEYS, type CollectedMessage } from '../../testing/collector';
import { MqttBroker } from '../../testing/mqtt-broker';
import { REPOSITORY, startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { blocksOf } from '../../testing/pages';
import { assertDecodes, needsFfmpeg, timesOf } from '../convert/streams';

const CHUNK_EVERY_MS = 200;

/** The settings that the recipe about restarts gives, as they stand on its page. */
const SETTINGS =
  blocksOf('docs/cookbook/resume-after-restart.md').find(({ language }) => language === 'js')?.code ?? '';

/** Each recipe as a user imports it, but for addresses, times and the stream; its debug nodes are collected. */
describe('the recipes of the cookbook in a real Node-RED', function () {
  this.timeout(60_000);
  const simulator = new Simulator({ callsPerSecond: 1_000, idleEndMs: 300 });
  const broker = new MqttBroker();
  let stream: SimulatedStream;
  let camera: NodeJS.Timeout | undefined;
  let nodeRed: RunningNodeRed;
  let collector: Collector;

  before(async () => {
    stream = simulator.addStream({ name: 'demo', live: false, profile: 'aws-sdk' });
    for (const name of ['front', 'yard']) {
      simulator.addStream({ name, live: false, prefillMs: 10_000 });
    }
    await simulator.start();
    await broker.start();
    nodeRed = await startNodeRed({ settingsScript: `Object.assign(module.exports, {\n${SETTINGS}\n});` });
    camera = setInterval(() => stream.produce(1), CHUNK_EVERY_MS);
  });
  beforeEach(async () => {
    collector = new Collector();
    await collector.start();
  });
  afterEach(async () => {
    await nodeRed.deploy([]);
    await collector.stop();
  });
  after(async () => {
    clearInterval(camera);
    await nodeRed.stop();
    await broker.stop();
    await simulator.stop();
  });

  function recipe(name: string): FlowNode[] {
    return JSON.parse(
      readFileSync(join(REPOSITORY, 'docs', 'cookbook', `${name}.json`), 'utf8'),
    ) as FlowNode[];
  }

  /**
   * @param changes properties by type of node, to be others than the recipe's
   * @param edits what is to be replaced in the code of its function nodes
   */
  async function deploy(
    name: string,
    changes: Readonly<Record<string, object>> = {},
    edits: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const nodes = recipe(name);
    const code = JSON.stringify(nodes);
    for (const text of Object.keys(edits)) {
      assert.ok(code.includes(text), text);
    }
    const shown = new Map(
      nodes.filter(({ type }) => type === 'debug').map(({ id, name: label }) => [id, String(label)]),
    );
    const tab = nodes.find(({ type }) => type === 'tab')?.id ?? '';
    const account = nodes.find(({ type }) => type === 'kvs-config')?.id ?? '';
    const flow = nodes.map((node) => ({
      ...node,
      ...changes[node.type],
      ...(node.id === account ? { endpoint: simulator.endpoint } : {}),
      ...(typeof node['func'] !== 'string'
        ? {}
        : {
            func: Object.entries(edits).reduce((text, [from, to]) => text.replace(from, to), node['func']),
          }),
      ...(node['wires'] === undefined
        ? {}
        : {
            wires: (node['wires'] as string[][]).map((port) => [
              ...port,
              ...port.flatMap((id) => (shown.has(id) ? [`collect-${shown.get(id) ?? ''}`] : [])),
            ]),
          }),
    }));
    await nodeRed.deploy([...flow, ...collector.nodes(tab, [...shown.values()])], {
      [account]: SIMULATOR_KEYS,
    });
  }

  const shown = (name: string): CollectedMessage[] =>
    collector.messages.filter(({ output }) => output === name);
  const until = (name: string, count: number): Promise<void> =>
    collector.until(`${count} of "${name}"`, () => shown(name).length >= count, 30_000);
  const files = (): string[] => [...new Set(shown('written').map(({ filename }) => String(filename)))];

  it('all have a page with the same name', () => {
    const names = readdirSync(join(REPOSITORY, 'docs', 'cookbook'));
    const flows = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
    assert.ok(flows.length >= 6);
    assert.deepEqual(
      flows.filter((name) => !names.includes(`${name}.md`)),
      [],
    );
  });

  it('JPEG to MQTT: pictures are published and retained under the topic of the stream', async function () {
    needsFfmpeg(this);
    await deploy('jpeg-to-mqtt', {
      'kvs-convert': { intervalSeconds: 0 },
      'mqtt-broker': { port: String(broker.port) },
    });
    await broker.until(2);
    assert.deepEqual(shown('errors'), []);
    for (const { topic, payload, retain } of broker.published) {
      assert.deepEqual([topic, retain], ['cameras/demo/picture', true]);
      assert.equal(payload.readUInt16BE(0), 0xffd8, 'a JPEG');
    }
  });

  it('record on an event: the file has what came before the event and after it', async function () {
    needsFfmpeg(this);
    const button = recipe('record-on-event').find(({ type }) => type === 'inject')?.id ?? '';
    await deploy('record-on-event', { delay: { timeout: '1' } }, { '10_000': '1_000', '20_000': '2_000' });
    let sent = 0;
    while (sent < 8) {
      await new Promise((resolve) => simulator.once('chunkSent', resolve));
      sent += 1;
    }
    const pressed = Date.now();
    await nodeRed.admin(`/inject/${button}`, {});
    const times = (): number[] => shown('written').map(({ kvs }) => Number(kvs?.['ServerTimestamp']));
    await collector.until(
      'media from before and after the event',
      () => times().some((time) => time < pressed) && times().some((time) => time > pressed),
      30_000,
    );
    assert.deepEqual(shown('errors'), []);
    assert.match(files()[0] ?? '', /^kvs-events\/demo-\d{4}-\d\d-\d\dT\d{6}\.mp4$/);
    await nodeRed.deploy([]);
    const bytes = readFileSync(join(nodeRed.userDir, files()[0] ?? ''));
    assertDecodes(bytes);
    assert.ok(timesOf(bytes).video.length > 30);
  });

  it('one file per hour: an hour that begins makes another file, and each plays', async function () {
    needsFfmpeg(this);
    // Seconds in place of hours.
    await deploy('hourly-files', { 'kvs-convert': { splitSeconds: 1 } });
    await collector.until('three files', () => files().length >= 3, 30_000);
    assert.deepEqual(shown('errors'), []);
    await nodeRed.deploy([]);
    for (const file of files().slice(0, 2)) {
      assert.match(file, /^kvs-recordings\/demo\/\d{4}-\d\d-\d\d\/\d{6}\.mp4$/);
      assertDecodes(readFileSync(join(nodeRed.userDir, file)));
    }
  });

  it('a silent camera: one alert when it falls silent, and one when it sends again', async () => {
    await deploy('silent-camera-alert', { 'kvs-get-media': { silentSeconds: 1 } });
    await until('chunks', 1);
    clearInterval(camera);
    try {
      await until('ALERT', 1);
    } finally {
      camera = setInterval(() => stream.produce(1), CHUNK_EVERY_MS);
    }
    await until('ALERT', 2);
    const texts = shown('ALERT').map(({ payload }) => String(payload));
    assert.equal(texts[0], 'demo sends nothing');
    assert.match(texts[1] ?? '', /^demo sends again, after \d+ s of silence$/);
  });

  it('resume after a restart: every chunk comes, in order', async () => {
    await deploy('resume-after-restart', { 'kvs-get-media': { startSelectorType: 'EARLIEST' } });
    await until('done', 4);
    await nodeRed.restart();
    const before = shown('done').length;
    await until('done', before + 4);
    const numbers = [...new Set(shown('done').map(({ kvs }) => String(kvs?.['FragmentNumber'])))];
    const produced = stream.fragments.map(({ FragmentNumber }) => FragmentNumber ?? '');
    const first = produced.indexOf(numbers[0] ?? '');
    assert.deepEqual(numbers, produced.slice(first, first + numbers.length));
    assert.ok(numbers.length >= before, 'it did not begin again');
    assert.deepEqual(shown('errors'), []);
  });

  it('back-fill after an outage: what was missed comes beside live video', async () => {
    await deploy('back-fill-after-an-outage', { 'kvs-archive': { waitSeconds: 0 } });
    await until('done', 4);
    await nodeRed.restart();
    const before = shown('done').length;
    const produced = (): string[] => stream.fragments.map(({ FragmentNumber }) => FragmentNumber ?? '');
    const done = (): Set<string> => new Set(shown('done').map(({ kvs }) => String(kvs?.['FragmentNumber'])));
    const first = produced().indexOf([...done()].sort()[0] ?? '');
    await until('done', before + 4);
    const live = String(
      shown('done').findLast(({ request }) => request === undefined)?.kvs?.['FragmentNumber'],
    );
    const wanted = produced().slice(first, produced().indexOf(live) + 1);
    await collector.until('all of them', () => wanted.every((number) => done().has(number)), 30_000);
    assert.ok(
      shown('done').some(({ request }) => request === 'missed'),
      'the restart missed something',
    );
    assert.deepEqual(shown('errors'), []);
  });

  it('a subflow per camera: each instance reads the stream of its own CAM', async () => {
    await deploy('subflow-per-camera', { 'kvs-get-media': { startSelectorType: 'EARLIEST' } });
    await collector.until(
      'both cameras',
      () => new Set(shown('chunks').map(({ topic }) => topic)).size === 2,
      30_000,
    );
    assert.deepEqual([...new Set(shown('chunks').map(({ topic }) => topic))].sort(), ['front', 'yard']);
    assert.deepEqual(shown('errors'), []);
  });
});
