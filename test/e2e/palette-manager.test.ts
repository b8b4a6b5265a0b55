import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Suite } from 'mocha';
import { Simulator } from '../../src/simulator';
import { LISTED, PACKAGE, isBuilt } from '../package/built';
import { Collector, SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { fetchOnce } from '../../testing/fetch-once';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { NODE_RED_LINES, lacking, type NodeRedLine } from '../../testing/node-red-lines';
import { canReachRegistry, packTarball, repackTarball } from '../../testing/packed';
import { skip } from '../../testing/skip';

/** Of what the admin API says of a module or a node set. */
interface NodeSet {
  readonly module: string;
  readonly version: string;
  readonly pending_version?: string;
  readonly types: readonly string[];
  readonly enabled: boolean;
  readonly err?: string;
}

/** All that the palette manager of the editor does, through the API that it uses: npm runs for real. */
for (const line of NODE_RED_LINES) {
  describe(`the palette manager of ${line.name}`, palette(line));
}

function palette(line: NodeRedLine): (this: Suite) => void {
  return function () {
    this.timeout(240_000);
    const NEXT = '99.0.0';
    const simulator = new Simulator();
    const collector = new Collector();
    let folder = '';
    let tarball = '';
    let next = '';
    let nodeRed: RunningNodeRed | undefined;

    before(async function () {
      const missing = !isBuilt()
        ? 'the package is not built'
        : !canReachRegistry()
          ? 'the npm registry cannot be reached'
          : lacking(line);
      if (missing !== undefined) {
        skip(this, missing);
      }
      folder = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-palette-'));
      // Now, since it holds up this process, and with it what Node-RED says of its connections.
      tarball = packTarball(folder);
      next = repackTarball(tarball, folder, NEXT);
      const stream = simulator.addStream({ name: 'camera', live: false });
      stream.produce(3);
      await simulator.start();
      await collector.start();
      nodeRed = await startNodeRed({ empty: true, line });
    });
    after(async () => {
      await nodeRed?.stop();
      await collector.stop();
      await simulator.stop();
      if (folder !== '') {
        fs.rmSync(folder, { recursive: true, force: true });
      }
    });

    function running(): RunningNodeRed {
      assert.ok(nodeRed !== undefined);
      return nodeRed;
    }

    const ours = async (): Promise<NodeSet[]> =>
      ((await running().admin('/nodes')) as NodeSet[]).filter(({ module }) => module === PACKAGE.name);

    async function request(method: string, path: string, body?: FormData): Promise<[number, string]> {
      const response = await fetchOnce(`${running().url}${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
      });
      return [response.status, await response.text()];
    }

    async function upload(path: string): Promise<[number, string]> {
      const form = new FormData();
      form.set('tarball', new Blob([fs.readFileSync(path)]), basename(path));
      return request('POST', '/nodes', form);
    }

    /** Chunks of the simulator from the beginning, with nothing on the error output. */
    async function assertReads(flowsOf: 'deployed' | 'kept'): Promise<void> {
      const before = collector.of('media').length;
      if (flowsOf === 'deployed') {
        await running().deploy(flow(), { config: SIMULATOR_KEYS });
      } else {
        await running().restart();
      }
      await collector.until('three chunks', () => collector.of('media').length >= before + 3);
      assert.deepEqual(collector.of('errors'), []);
    }

    function flow(): FlowNode[] {
      return [
        { id: 'tab', type: 'tab', label: 'reads' },
        simulatorConfig(simulator.endpoint),
        mediaNode('media', 'tab', { stream: 'camera', startSelectorType: 'EARLIEST', resume: false }),
        ...collector.nodes('tab', ['media', 'errors']),
      ];
    }

    function assertNodes(sets: readonly NodeSet[], version: string): void {
      assert.deepEqual(sets.flatMap(({ types }) => types).sort(), LISTED.map(({ type }) => type).sort());
      for (const { version: found, enabled, err } of sets) {
        assert.deepEqual([found, enabled, err], [version, true, undefined]);
      }
    }

    it('installs the tarball that is uploaded, and its nodes work at once', async () => {
      assert.deepEqual(await ours(), []);
      const [status, text] = await upload(tarball);
      assert.equal(status, 200, text);
      assertNodes(await ours(), PACKAGE.version);
      await assertReads('deployed');
    });

    it('brings no package that runs a script when it is installed', () => {
      const lock = JSON.parse(
        fs.readFileSync(join(running().userDir, 'node_modules', '.package-lock.json'), 'utf8'),
      ) as { packages: Record<string, { hasInstallScript?: boolean }> };
      const brought = Object.entries(lock.packages);
      assert.ok(brought.length > Object.keys(PACKAGE.dependencies).length);
      assert.deepEqual(
        brought.filter(([, { hasInstallScript }]) => hasInstallScript === true),
        [],
      );
    });

    it('takes a newer version, which the flows use after a restart', async () => {
      const [status, text] = await upload(next);
      assert.equal(status, 200, text);
      const pending = (await ours()).map(({ version, pending_version: waiting }) => [version, waiting]);
      assert.deepEqual(
        pending,
        LISTED.map(() => [PACKAGE.version, NEXT]),
      );
      await assertReads('kept');
      assertNodes(await ours(), NEXT);
    });

    it('does not remove nodes that flows use', async () => {
      const [status, text] = await request('DELETE', `/nodes/${PACKAGE.name}`);
      assert.equal(status, 400, text);
      assert.match(text, /type_in_use/);
      assertNodes(await ours(), NEXT);
    });

    it('removes them otherwise, and leaves nothing of them behind', async () => {
      await running().deploy([]);
      const [status, text] = await request('DELETE', `/nodes/${PACKAGE.name}`);
      assert.equal(status, 204, text);
      assert.deepEqual(await ours(), []);
      assert.ok(!fs.existsSync(join(running().userDir, 'node_modules', PACKAGE.name)));
      await running().restart();
      assert.deepEqual(await ours(), []);
    });

    // npm, which takes most of the time, does the same for each release.
    if (line.major === 5) {
      it('installs again, from the path of a tarball', async () => {
        await running().admin('/nodes', { module: PACKAGE.name, version: PACKAGE.version, url: tarball });
        assertNodes(await ours(), PACKAGE.version);
        await assertReads('deployed');
      });
    }
  };
}
