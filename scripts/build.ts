/**
 * Builds dist/ anew: the compiled package with `nodes/` reproduced one to one, since Node-RED and the flow library
 * look for a node's html, icons and locales beside the .js that package.json lists.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = resolve(__dirname, '..');
const DIST = join(ROOT, 'dist');
/** Everything is made here and moved at the end, so that dist/ is never seen half made and survives a failed build. */
const STAGE = join(ROOT, 'build', `dist-${process.pid}`);
const REPLACED = `${STAGE}-replaced`;

/** Node-RED's browsers; the scorecard's and the flow library's parsers know no later syntax. */
const EDITOR_TARGET = 'es2020';

function compile(): void {
  const compiler = require.resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json', '--outDir', STAGE], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) {
    throw new Error('The build stopped: the type errors above.');
  }
}

function bundle(node: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(ROOT, 'nodes', 'editor', `${node}.ts`)],
    bundle: true,
    format: 'iife',
    target: EDITOR_TARGET,
    legalComments: 'none',
    write: false,
  });
  // The names of the bundled files are esbuild's comments; they say nothing to a reader of the palette.
  const script = (outputFiles[0]?.text ?? '').replace(/^ *\/\/ (src|nodes)\/.*\n/gm, '');
  if (script.trim() === '' || /<\/script/i.test(script)) {
    throw new Error(`The bundle of nodes/editor/${node}.ts is empty or would close its own script element.`);
  }
  return script;
}

/** Puts the dialog's script where the template says so, and refuses a template that has no or several such places. */
function dialog(template: string): string {
  const node = basename(template, '.html');
  const place = `/* bundle of editor/${node}.ts */`;
  const parts = fs.readFileSync(join(ROOT, 'nodes', template), 'utf8').split(place);
  const [before, after] = parts;
  if (before === undefined || after === undefined || parts.length !== 2) {
    throw new Error(`nodes/${template} must hold ${place} exactly once.`);
  }
  return `${before}\n${bundle(node)}${after}`;
}

function copyIfPresent(folder: string): void {
  const from = join(ROOT, folder);
  if (fs.existsSync(from)) {
    fs.cpSync(from, join(STAGE, folder), { recursive: true });
  }
}

function build(): void {
  fs.mkdirSync(join(STAGE, 'nodes'), { recursive: true });
  compile();
  for (const template of fs.readdirSync(join(ROOT, 'nodes')).filter((name) => name.endsWith('.html'))) {
    fs.writeFileSync(join(STAGE, 'nodes', template), dialog(template));
  }
  for (const folder of ['nodes/locales', 'nodes/icons', 'src/simulator/media']) {
    copyIfPresent(folder);
  }
  const simulator = join(STAGE, 'src', 'simulator', 'cli.js');
  if (fs.existsSync(simulator)) {
    fs.chmodSync(simulator, 0o755);
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
