/** Makes the pages that Node-RED's editor loads of what is in the folders of the nodes. */
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const NODES = resolve(__dirname, '..', 'nodes');

/** What Node-RED's browsers all run; the scorecard's and the flow library's parsers know no later syntax. */
const TARGET = 'es2020';

/** The node types: every folder of `nodes/` with a dialog's template is a node. */
export function nodeTypes(): string[] {
  return fs.readdirSync(NODES).filter((name) => fs.existsSync(join(NODES, name, 'dialog', 'dialog.html')));
}

/**
 * A node's page as Node-RED serves it: its template with the bundled dialog script put where the template says so.
 *
 * @throws where the template has no such place or several, or the bundle would end its own script element
 */
export function builtDialog(type: string): string {
  const place = '/* dialog.ts */';
  const template = fs.readFileSync(join(NODES, type, 'dialog', 'dialog.html'), 'utf8');
  const [before, after, ...more] = template.split(place);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`nodes/${type}/dialog/dialog.html must hold ${place} exactly once.`);
  }
  return `${before}\n${bundledScript(`${type}/dialog/dialog`)}${after}`;
}

/** A script for browsers, bundled. @param path below `nodes/`, without its `.ts` */
export function bundledScript(path: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(NODES, `${path}.ts`)],
    bundle: true,
    format: 'iife',
    target: TARGET,
    legalComments: 'none',
    write: false,
  });
  // esbuild names each file it put in, relative to where it was started: no use to a reader of the page.
  const script = (outputFiles[0]?.text ?? '').replace(/^ *\/\/ \S+\.ts\n/gm, '');
  if (script.trim() === '' || /<\/script/i.test(script)) {
    throw new Error(`The bundle of nodes/${path}.ts is empty or would end its own script element.`);
  }
  return script;
}
