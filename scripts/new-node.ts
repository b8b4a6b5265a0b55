/**
 * Lays out a new node that builds, loads and passes the tests, and says what is left to write:
 *
 * npm run new-node -- kvs-blur-faces 'blurs faces'
 */
import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { filesOf, helpOf, namesOf, type NodeNames } from './node-template';

const ROOT = resolve(__dirname, '..');
/** Its texts for a name and a version are every node's. */
const MODEL = 'kvs-convert';

interface ModelTexts {
  readonly label: { readonly name: string; readonly version: string };
  readonly problem: { readonly newerVersion: string };
}

function read(path: string): string {
  return fs.readFileSync(join(ROOT, path), 'utf8');
}

async function write(path: string, content: string): Promise<void> {
  const file = join(ROOT, path);
  const options = { ...(await resolveConfig(file)), filepath: file };
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, /\.(svg|html)$/.test(path) ? content : await format(content, options));
}

/** The texts and the help of each language. */
function localeFiles(node: NodeNames, says: string): [path: string, content: string][] {
  return fs
    .readdirSync(join(ROOT, 'nodes', MODEL, 'locales'))
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const catalogue = JSON.parse(read(`nodes/${MODEL}/locales/${file}`)) as Record<
        typeof MODEL,
        ModelTexts
      >;
      const { label, problem } = catalogue[MODEL];
      const texts = {
        label: { name: label.name, version: label.version },
        problem: { newerVersion: problem.newerVersion },
      };
      const path = `nodes/${node.type}/locales/${file}`;
      return [
        [path, JSON.stringify({ [node.type]: texts })],
        [path.replace(/json$/, 'html'), helpOf(node, says)],
      ] as [string, string][];
    });
}

/** Existing files with the line or entry that the node needs there. */
function changedFiles({ type, name, shown }: NodeNames, says: string): [path: string, content: string][] {
  const packageFile = JSON.parse(read('package.json')) as { 'node-red': { nodes: Record<string, string> } };
  packageFile['node-red'].nodes[type] = `dist/nodes/${type}.js`;
  return [
    ['package.json', JSON.stringify(packageFile, undefined, 2)],
    ['src/options/index.ts', `${read('src/options/index.ts')}export * from './${name}';\n`],
    ['README.md', inserted('README.md', '- **kvs config**', `- **${shown}** ${says}.`)],
    [
      'docs/README.md',
      inserted('docs/README.md', '- [Errors]', `- [Messages of ${shown}](reference/${type}.md)`),
    ],
    ['CHANGELOG.md', inserted('CHANGELOG.md', '- `kvs-', `- \`${type}\` ${says}.`)],
  ];
}

/** A page with one more line, before the first that begins as given. */
function inserted(path: string, before: string, line: string): string {
  const page = read(path);
  const at = page.indexOf(`\n${before}`);
  if (at < 0) {
    throw new Error(`${path} has no line that begins with "${before}".`);
  }
  return `${page.slice(0, at)}\n${line}${page.slice(at)}`;
}

async function main([type = '', says = '']: readonly string[]): Promise<void> {
  if (!/^kvs(-[a-z]+)+$/.test(type) || !/^[a-z][^<>&]*[^<>&.]$/.test(says)) {
    throw new Error("Usage: npm run new-node -- kvs-blur-faces 'blurs faces'");
  }
  if (fs.existsSync(join(ROOT, 'nodes', type))) {
    throw new Error(`nodes/${type} exists.`);
  }
  const node = namesOf(type);
  const files = [...filesOf(node, says), ...localeFiles(node, says), ...changedFiles(node, says)];
  for (const [path, content] of files) {
    await write(path, content);
  }
  console.log(`nodes/${type} passes messages on. What is left to write:

- nodes/${type}/${node.name}-node.ts: what the node does; test/nodes/${type}/${node.name}.test.ts
- for each setting: src/options/${node.name}.ts, nodes/${type}/dialog/dialog.ts and dialog.html,
  and its label in nodes/${type}/locales/*.json
- nodes/${type}/locales/*.html: the help, so far in English in every language
- nodes/${type}/icon.svg
- docs/reference/${type}.md

Then: npm run build, npx mocha 'test/nodes/*.test.ts' 'test/nodes/${type}/*.test.ts' 'test/package/docs.test.ts'`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
