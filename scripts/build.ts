/**
 * Builds dist/ anew: the compiled package with `nodes/` reproduced one to one, since Node-RED and the flow library
 * look for a node's html, icons and locales beside the .js that package.json lists.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { builtDialog, bundledScript, nodeTypes } from './dialog';

const ROOT = resolve(__dirname, '..');
const DIST = join(ROOT, 'dist');
/** Everything is made here and moved at the end, so that dist/ is never seen half made and survives a failed build. */
const STAGE = join(ROOT, 'build', `dist-${process.pid}`);
const REPLACED = `${STAGE}-replaced`;

const COPIED_FOLDERS = ['nodes/locales', 'nodes/icons', 'src/simulator/media/samples'];
const PREVIEW_FILES = ['preview.html', 'preview.css'];
const COMMAND = 'src/simulator/cli/kvs-simulator.js';

function compile(): void {
  const compiler = require.resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json', '--outDir', STAGE], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) {
    throw new Error('The build stopped at the type errors above; dist/ is as it was.');
  }
}

function build(): void {
  fs.mkdirSync(join(STAGE, 'nodes'), { recursive: true });
  compile();
  for (const type of nodeTypes()) {
    fs.writeFileSync(join(STAGE, 'nodes', `${type}.html`), builtDialog(type));
  }
  fs.mkdirSync(join(STAGE, 'nodes', 'preview'), { recursive: true });
  fs.writeFileSync(join(STAGE, 'nodes', 'preview', 'preview.js'), bundledScript('preview/page'));
  for (const file of PREVIEW_FILES) {
    fs.copyFileSync(join(ROOT, 'nodes', 'editor', 'preview', file), join(STAGE, 'nodes', 'preview', file));
  }
  for (const folder of COPIED_FOLDERS.filter((name) => fs.existsSync(join(ROOT, name)))) {
    fs.cpSync(join(ROOT, folder), join(STAGE, folder), { recursive: true });
  }
  if (fs.existsSync(join(STAGE, COMMAND))) {
    fs.chmodSync(join(STAGE, COMMAND), 0o755);
  }
  if (fs.existsSync(DIST)) {
    fs.renameSync(DIST, REPLACED);
  }
  fs.renameSync(STAGE, DIST);
}

try {
  build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  fs.rmSync(STAGE, { recursive: true, force: true });
  fs.rmSync(REPLACED, { recursive: true, force: true });
}
