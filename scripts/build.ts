/**
 * Builds dist/ anew: the compiled package, and for every folder of a node what Node-RED and the flow library look for
 * beside the .js that package.json lists: `TYPE.html`, `icons/TYPE.svg`, `locales/LANGUAGE/TYPE.json` and `.html`.
 * With `--if-changed` it does so only where something that goes into dist/ has changed since, and leaves types to
 * `npm run typecheck`.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';
import { builtCatalogue, builtDialog, bundledScript, nodeTypes } from './dialog';

const ROOT = resolve(__dirname, '..');
const DIST = join(ROOT, 'dist');
/** Everything is made here and moved at the end, so that dist/ is never seen half made and survives a failed build. */
const STAGE = join(ROOT, 'build', `dist-${process.pid}`);
const REPLACED = `${STAGE}-replaced`;

const COPIED_FOLDERS = ['src/simulator/media/samples'];
const PREVIEW_FILES = ['preview.html', 'preview.css'];
const COMMAND = 'src/simulator/cli/kvs-simulator.js';
/** What goes into dist/, and what makes it. */
const INPUTS = [
  'src',
  'nodes',
  'scripts/build.ts',
  'scripts/dialog.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];

const IF_CHANGED = process.argv.includes('--if-changed');

function compile(): void {
  const compiler = require.resolve('typescript/bin/tsc');
  const args = ['-p', 'tsconfig.json', '--outDir', STAGE, ...(IF_CHANGED ? ['--noCheck'] : [])];
  const { status } = spawnSync(process.execPath, [compiler, ...args], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    throw new Error('The build stopped at the type errors above; dist/ is as it was.');
  }
}

/**
 * What package.json lists: it registers the node, and what other folders add to it. A folder adds to a node by a file
 * `extend-TYPE.ts`, so that the node need not know of it.
 */
function entryOf(type: string): string {
  const extensions = fs
    .readdirSync(join(ROOT, 'nodes'))
    .filter((folder) => fs.existsSync(join(ROOT, 'nodes', folder, `extend-${type}.ts`)))
    .map((folder) => `./${folder}/extend-${type}.js`);
  const parts = [`./${type}/${type}.js`, ...extensions].map((path) => `require('${path}')`);
  return `const parts = [${parts.join(', ')}];\nmodule.exports = (RED) => parts.forEach((register) => register(RED));\n`;
}

/** Puts a node's files where Node-RED looks for them. */
function layOut(type: string): void {
  const from = join(ROOT, 'nodes', type);
  const to = join(STAGE, 'nodes');
  put(join(to, `${type}.js`), entryOf(type));
  put(join(to, `${type}.html`), builtDialog(type));
  for (const file of fs.readdirSync(join(from, 'locales'))) {
    const { name: language, ext } = parse(file);
    const content =
      ext === '.json' ? builtCatalogue(type, language) : fs.readFileSync(join(from, 'locales', file));
    put(join(to, 'locales', language, `${type}${ext}`), content);
  }
  if (fs.existsSync(join(from, 'icon.svg'))) {
    put(join(to, 'icons', `${type}.svg`), fs.readFileSync(join(from, 'icon.svg')));
  }
}

function put(path: string, content: string | Buffer): void {
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, content);
}

function build(): void {
  fs.mkdirSync(join(STAGE, 'nodes'), { recursive: true });
  compile();
  nodeTypes().forEach(layOut);
  const page = join(STAGE, 'nodes', 'preview', 'page');
  put(join(page, 'preview.js'), bundledScript('preview/page/page'));
  for (const file of PREVIEW_FILES) {
    put(join(page, file), fs.readFileSync(join(ROOT, 'nodes', 'preview', 'page', file)));
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

/** When the file, or the folder or anything in it, was last changed, ms. A folder changes with what it no longer has. */
function lastChange(path: string): number {
  const stat = fs.statSync(path);
  const within = stat.isDirectory() ? fs.readdirSync(path) : [];
  return Math.max(stat.mtimeMs, ...within.map((name) => lastChange(join(path, name))));
}

function isCurrent(): boolean {
  const newest = Math.max(...INPUTS.map((name) => lastChange(join(ROOT, name))));
  return fs.existsSync(DIST) && newest < fs.statSync(DIST).mtimeMs;
}

try {
  if (!IF_CHANGED || !isCurrent()) {
    build();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  fs.rmSync(STAGE, { recursive: true, force: true });
  fs.rmSync(REPLACED, { recursive: true, force: true });
}
