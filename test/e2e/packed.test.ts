import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import { Collector, SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { REPOSITORY, startNodeRed, type RunningNodeRed } from '../../testing/node-red';
import { NODE_RED_LINES, lacking } from '../../testing/node-red-lines';

/** What a release would hold, from the simulator to messages, on every release of Node-RED that it is for. */
for (const line of NODE_RED_LINES) {
  describe(`the packed package in ${line.name}`, function () {
    this.timeout(60_000);
    const simulator = new Simulator({ idleEndMs: 200, callsPerSecond: 1_000 });
    const collector = new Collector();
    let stream: SimulatedStream | undefined;
    let nodeRed: RunningNodeRed | undefined;
    let folder = '';

    before(async function () {
      const why = lacking(line);
      if (why !== undefined) {
        this.test?.parent?.tests.forEach((test) => {
          test.title += ` (${why})`;
        });
        this.skip();
      }
      folder = mkdtempSync(join(tmpdir(), 'kvs-flow-packed-'));
      execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
        cwd: REPOSITORY,
      });
      stream = simulator.addStream({ name: 'demo', live: false, profile: 'aws-sdk' });
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
          ...collector.nodes('tab', ['media', 'errors']),
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
