import * as fs from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const NODES = resolve(__dirname, '..', 'nodes');

/** What Node-RED's browsers all run; the scorecard's and the flow library's parsers know no later syntax. */
const TARGET = 'es2020';

/** The templates in nodes/, by node type. */
export function nodeTypes(): string[] {
  return fs
    .readdirSync(NODES)
    .filter((name) => name.endsWith('.html'))
    .map((name) => basename(name, '.html'));
}

/**
 * A node's page as Node-RED serves it: its template with the bundled dialog script put where the template says so.
 *
 * @throws where the template has no such place or several, or the bundle would end its own script element
 */
export function builtDialog(type: string): string {
  const place = `/* bundle of editor/${type}.ts */`;
  const [before, after, ...more] = fs.readFileSync(join(NODES, `${type}.html`), 'utf8').split(place);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`nodes/${type}.html must hold ${place} exactly once.`);
  }
  return `${before}\n${bundledScript(type)}${after}`;
}

/** The script alone. @param type a node type, or the path of another script of the editor's without its `.ts` */
export function bundledScript(type: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(NODES, 'editor', `${type}.ts`)],
    bundle: true,
    format: 'iife',
    target: TARGET,
    legalComments: 'none',
    write: false,
  });
  // esbuild names each file it put in, relative to where it was started: no use to a reader of the page.
  const script = (outputFiles[0]?.text ?? '').replace(/^ *\/\/ \S+\.ts\n/gm, '');
  if (script.trim() === '' || /<\/script/i.test(script)) {
    throw new Error(`The bundle of nodes/editor/${type}.ts is empty or would end its own script element.`);
  }
  return script;
}
