import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Collector } from '../../testing/collector';
import { REPOSITORY, startNodeRed } from '../../testing/node-red';

const TYPE = 'kvs-blur-faces';
const CHUNK = { props: [{ p: 'payload' }], payload: 'chunk', payloadType: 'str' };
const NOT_COPIED = new Set(['node_modules', 'dist', 'build', '.git']);

describe('npm run new-node', function () {
  this.timeout(600_000);
  let copy = '';

  /** Runs a script in the copy. A failure shows all that it printed. */
  const run = (script: string, ...args: string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      execFile(process.execPath, [script, ...args], { cwd: copy }, (error, stdout, stderr) => {
        if (error === null) {
          resolve();
        } else {
          reject(new Error(`${script} ${args.join(' ')} failed:\n${stdout}\n${stderr}`));
        }
      });
    });
  const tsx = join(REPOSITORY, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const mocha = join(REPOSITORY, 'node_modules', 'mocha', 'bin', 'mocha.js');

  before(async () => {
    copy = mkdtempSync(join(tmpdir(), 'kvs-new-node-'));
    cpSync(REPOSITORY, copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    symlinkSync(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'), 'dir');
    await run(tsx, 'scripts/new-node.ts', TYPE, 'blurs faces');
    await run(tsx, 'scripts/build.ts');
  });

  after(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  it('lays out a node that passes the tests of all nodes and its own', async () => {
    const files = ['test/nodes/*.test.ts', `test/nodes/${TYPE}/*.test.ts`, 'test/package/docs.test.ts'];
    // Those of the documentation that are about nodes.
    await run(mocha, ...files, '--invert', '--grep', 'italics|commands');
  });

  it('lays out a node that a real Node-RED loads and runs', async () => {
    const collector = new Collector();
    await collector.start();
    const nodeRed = await startNodeRed({
      packageDir: copy,
      flows: [
        { id: 'tab', type: 'tab', label: 'new' },
        { id: 'once', type: 'inject', z: 'tab', once: true, ...CHUNK, wires: [['new']] },
        { id: 'new', type: TYPE, z: 'tab', name: '', version: 1, wires: [['collect-media']] },
        ...collector.nodes('tab', ['media']),
      ],
    });
    try {
      await collector.until('the chunk', () => collector.messages.length > 0, 60_000);
      assert.equal(collector.messages[0]?.payload, 'chunk');
    } finally {
      await nodeRed.stop();
      await collector.stop();
    }
  });
});
