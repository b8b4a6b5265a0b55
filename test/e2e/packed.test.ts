import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import type { Fragment } from '../../src/simulator/streams';
import {
  Collector,
  SIMULATOR_KEYS,
  mediaNode,
  simulatorConfig,
  type CollectedMessage,
} from '../../testing/collector';
import { REPOSITORY, startNodeRed, type RunningNodeRed } from '../../testing/node-red';
import { NODE_RED_LINES, lacking } from '../../testing/node-red-lines';
import { skip } from '../../testing/skip';

const MINUTE = 60_000;
/** Of kvs-archive. */
const OUTPUTS = ['chunks', 'fragments', 'url'] as const;

/** What a release would hold, from the simulator to messages, on every release of Node-RED that it is for. */
for (const line of NODE_RED_LINES) {
  describe(`the packed package in ${line.name}`, function () {
    this.timeout(60_000);
    const simulator = new Simulator({ idleEndMs: 200, callsPerSecond: 1_000 });
    const collector = new Collector();
    let stream: SimulatedStream | undefined;
    let past: SimulatedStream | undefined;
    let nodeRed: RunningNodeRed | undefined;
    let folder = '';

    before(async function () {
      const why = lacking(line);
      if (why !== undefined) {
        skip(this, why);
      }
      folder = mkdtempSync(join(tmpdir(), 'kvs-flow-packed-'));
      execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
        cwd: REPOSITORY,
      });
      stream = simulator.addStream({ name: 'demo', live: false, profile: 'aws-sdk' });
      const hole = { beginsAgoMs: 45 * MINUTE, lengthMs: 5 * MINUTE };
      past = simulator.addStream({
        ...{ name: 'past', live: false, profile: 'aws-sdk' },
        ...{ recordedMs: 120 * MINUTE, recordedGaps: [hole] },
      });
      await simulator.start();
      await collector.start();
      nodeRed = await startNodeRed({
        line,
        settings: {
          contextStorage: { default: { module: 'localfilesystem', config: { cache: false } } },
        },
        tarball: join(folder, readdirSync(folder)[0] ?? ''),
        flows: [
          { id: 'tab', type: 'tab', label: 'packed' },
          simulatorConfig(simulator.endpoint),
          mediaNode('media', 'tab', { stream: 'demo', startSelectorType: 'EARLIEST' }),
          ...collector.nodes('tab', ['media', 'errors', ...OUTPUTS]),
          ...OUTPUTS.map((output) => ({
            ...{ id: output, type: 'kvs-archive', z: 'tab', x: 100, y: 300, name: '', version: 1 },
            ...{ config: 'config', stream: 'past', output },
            wires: [[`collect-${output}`], ['collect-errors']],
          })),
          ...OUTPUTS.map((output) => ({
            ...{ id: `ask-${output}`, type: 'inject', z: 'tab', x: 100, y: 400, name: '', repeat: '' },
            ...{ props: [], wires: [[output]] },
          })),
        ],
        credentials: { config: SIMULATOR_KEYS },
      });
    });

    after(async () => {
      await nodeRed?.stop();
      await collector.stop();
      await simulator.stop();
      if (folder !== '') {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    const numbers = (): unknown[] => collector.of('media').map(({ kvs }) => kvs?.['FragmentNumber']);
    const produced = (): unknown[] => stream?.fragments.map(({ FragmentNumber }) => FragmentNumber) ?? [];

    /** Asks for a range, as an inject node with these values does. */
    async function ask(output: (typeof OUTPUTS)[number], from: number, to: number): Promise<void> {
      const times = Object.entries({ from, to });
      const props = times.map(([p, v]) => ({ p, v: String(v), vt: 'num' }));
      await nodeRed?.admin(`/inject/ask-${output}`, { __user_inject_props__: props });
    }

    const answers = (output: string): CollectedMessage[] =>
      collector.messages.filter((message) => (message.output as string) === output);
    /** What was recorded of a range. */
    const recorded = (from: number, to: number): Fragment[] => {
      const all = [...(past?.stored() ?? [])];
      return all.filter(({ ProducerTimestamp: begin = 0 }, index) => {
        const end = all[index + 1]?.ProducerTimestamp ?? Infinity;
        return begin < to && begin >= from - 20_000 && end > from;
      });
    };
    const numbersOf = (fragments: readonly Pick<Fragment, 'FragmentNumber'>[]): unknown[] =>
      fragments.map(({ FragmentNumber }) => FragmentNumber);

    it('reads the chunks of the past, in order and each once', async () => {
      const from = Date.now() - 90 * MINUTE;
      await ask('chunks', from, from + 10 * MINUTE);
      const isLast = (): boolean => answers('chunks').at(-1)?.kvs?.['last'] === true;
      await collector.until('the last chunk', isLast, 30_000);
      const expected = recorded(from, from + 10 * MINUTE);
      assert.ok(expected.length > 50);
      assert.deepEqual(
        answers('chunks').map(({ kvs }) => kvs?.['FragmentNumber']),
        numbersOf(expected),
      );
      for (const [index, { front, body }] of expected.entries()) {
        const { bytes } = answers('chunks')[index] ?? {};
        assert.ok(bytes?.subarray(0, front.length + body.length).equals(Buffer.concat([front, body])));
      }
    });

    it('lists what is stored, and where the hole is', async () => {
      const from = Date.now() - 60 * MINUTE;
      const to = from + 40 * MINUTE;
      await ask('fragments', from, to);
      await collector.until('the list', () => answers('fragments').length > 0, 30_000);
      const [{ payload, kvs } = { payload: [] }] = answers('fragments');
      assert.deepEqual(numbersOf(payload as Fragment[]), numbersOf(recorded(from, to)));
      const gaps = kvs?.['gaps'] as { from: number; to: number }[];
      assert.equal(gaps.length, 1);
      const [gap] = gaps;
      assert.ok(gap !== undefined && Math.abs(gap.to - gap.from - 5 * MINUTE) < 30_000);
    });

    it('gives an address that ffmpeg plays', async function () {
      const from = Date.now() - 80 * MINUTE;
      await ask('url', from, from + MINUTE);
      await collector.until('the address', () => answers('url').length > 0);
      const address = String(answers('url')[0]?.payload);
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/hls\/v1\/getHLSMasterPlaylist\.m3u8\?/);
      if (spawnSync('ffmpeg', ['-version']).error !== undefined) {
        skip(this, 'no ffmpeg to play the address');
      }
      const { stderr } = await promisify(execFile)('ffmpeg', [
        ...['-hide_banner', '-nostats', '-i', address, '-map', '0:v', '-f', 'null', '-'],
        ...['-progress', 'pipe:2'],
      ]);
      const seconds = Number(/.*out_time_us=(\d+)/s.exec(stderr)?.[1]) / 1e6;
      assert.ok(seconds > 55 && seconds < 75, `${seconds} s played`);
    });

    it('sends each chunk once and in order, over the ends of responses', async () => {
      const sent = new Set<string>();
      simulator.on('chunkSent', ({ bytes }) => sent.add(bytes().toString('base64')));
      for (let count = 2; count <= 6; count += 2) {
        const calls = simulator.stats.streams['demo']?.calls ?? 0;
        stream?.produce(2);
        await collector.until(`${count} chunks`, () => numbers().length >= count);
        while ((simulator.stats.streams['demo']?.calls ?? 0) <= calls) {
          await new Promise((resolve) => simulator.once('connection', resolve));
        }
      }
      assert.deepEqual(numbers(), produced());
      for (const { bytes } of collector.of('media')) {
        assert.ok(bytes !== undefined && sent.has(bytes.toString('base64')));
      }
      assert.deepEqual(collector.of('errors'), []);
    });

    it('continues after the last chunk after a restart of Node-RED, with its settings and keys', async () => {
      assert.ok(nodeRed !== undefined);
      await nodeRed.end();
      stream?.produce(1);
      await nodeRed.start();
      await collector.until('the chunk of meanwhile', () => numbers().includes(produced().at(-1)));
      assert.deepEqual(numbers(), produced());
      assert.deepEqual(collector.of('errors'), []);
      assert.deepEqual(
        nodeRed.log.filter((text) => /\[(warn|error)\] \[/.test(text)),
        [],
      );
    });
  });
}
