/** Makes the pages and catalogues that Node-RED's editor loads of what is in the folders of the nodes. */
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
 * A node's page as Node-RED serves it: the style of all dialogs, the node's template, and its dialog script.
 *
 * @throws where the template asks for a row that does not exist, or the script would end its own element
 */
export function builtDialog(type: string): string {
  const style = fs.readFileSync(join(NODES, 'shared', 'dialog', 'dialog.css'), 'utf8');
  return [
    `<style>\n${style}</style>\n`,
    `<script type="text/html" data-template-name="${type}">`,
    `<div class="kvs-form">\n${template(type)}</div>`,
    '</script>\n',
    `<script type="text/javascript">\n${bundledScript(`${type}/dialog/dialog`)}</script>\n`,
  ].join('\n');
}

/**
 * Groups of the shared texts that a node never shows: left out, since each node has a copy in eight languages. A node
 * without an entry has all texts.
 */
const UNUSED_TEXTS: Readonly<Partial<Record<string, readonly string[]>>> = {
  'kvs-config': [
    'problem',
    'meaning',
    'next',
    'input',
    'checkpoint',
    'log',
    'status',
    'conversion',
    'decoder',
  ],
  'kvs-fleet': ['conversion', 'decoder'],
  'kvs-get-media': ['decoder'],
  'kvs-convert': [
    ...[
      'problem',
      'meaning',
      'next',
      'checkpoint',
      'advice',
      'call',
      'reason',
      'network',
      'credentials',
      'endpoint',
    ],
    ...['origin', 'admin', 'search'],
  ],
};

/** A node's texts as Node-RED serves them, JSON: its own and, as the group `kvs-flow`, those that nodes share. */
export function builtCatalogue(type: string, language: string): string {
  const read = (folder: string): Record<string, object> =>
    JSON.parse(fs.readFileSync(join(NODES, folder, 'locales', `${language}.json`), 'utf8')) as Record<
      string,
      object
    >;
  const unused = UNUSED_TEXTS[type] ?? [];
  const shared = Object.entries(read('shared')).map(([group, texts]) => [
    group,
    Object.fromEntries(Object.entries(texts).filter(([name]) => !unused.includes(name))),
  ]);
  return `${JSON.stringify({ ...read(type), ...Object.fromEntries(shared) })}\n`;
}

/** `dialog.html`, with its `<!-- row:NAME id=ID key=value … -->` filled in from `shared/dialog/rows/NAME.html`. */
function template(type: string): string {
  return fs
    .readFileSync(join(NODES, type, 'dialog', 'dialog.html'), 'utf8')
    .replace(/^( *)<!-- row:([\w-]+) (.*) -->$/gm, (_all, indent: string, name: string, given: string) => {
      const values = new Map(given.split(' ').map((pair) => pair.split('=') as [string, string]));
      const property = /\w+$/.exec(values.get('id') ?? '')?.[0] ?? '';
      return row(name, new Map([...values, ['type', type], ['property', property]])).replace(
        /^(?=.)/gm,
        indent,
      );
    });
}

function row(name: string, values: ReadonlyMap<string, string>): string {
  return fs
    .readFileSync(join(NODES, 'shared', 'dialog', 'rows', `${name}.html`), 'utf8')
    .trimEnd()
    .replace(/\{\{(\w+)\}\}/g, (_all, key: string) => {
      const value = values.get(key);
      if (value === undefined) {
        throw new Error(`A row "${name}" of a dialog needs ${key}=.`);
      }
      return value;
    });
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
