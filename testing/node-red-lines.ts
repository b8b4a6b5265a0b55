/** The releases of Node-RED that the package is for, each with a Node.js that it runs on. */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

export interface NodeRedLine {
  readonly major: 4 | 5;
  /** Such as `Node-RED 5 on Node.js 22`. */
  readonly name: string;
  /** What starts it: Node.js and Node-RED's own script; undefined where it is not installed. */
  readonly command: readonly [node: string, script: string] | undefined;
}

/** Not a development dependency of the repository: its `node` would shadow the one that runs npm's scripts. */
const APART = resolve(__dirname, '..', 'test', 'node-red-5');

export const NODE_RED_4: NodeRedLine = {
  major: 4,
  name: `Node-RED 4 on Node.js ${process.versions.node.split('.')[0] ?? ''}`,
  command: [process.execPath, require.resolve('node-red/red.js')],
};

export const NODE_RED_5: NodeRedLine = {
  major: 5,
  name: 'Node-RED 5 on Node.js 22',
  command: installedApart(),
};

/** `KVS_NODE_RED=4`: of that release alone. */
const WANTED = process.env['KVS_NODE_RED'];

/** The releases that tests of every release use. */
export const NODE_RED_LINES: readonly NodeRedLine[] = [NODE_RED_4, NODE_RED_5].filter(
  ({ major }) => WANTED === undefined || WANTED === String(major),
);

/** Why tests of a line have to be left out here, in a few words; undefined where they can run. */
export function lacking({ command }: NodeRedLine): string | undefined {
  return command === undefined ? 'run npm ci --prefix test/node-red-5 first' : undefined;
}

function installedApart(): NodeRedLine['command'] {
  const binary = join(APART, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  const script = 'node-red/red.js';
  return fs.existsSync(binary) && fs.existsSync(join(APART, 'node_modules', script))
    ? [binary, createRequire(join(APART, 'package.json')).resolve(script)]
    : undefined;
}

/** The rule of Node-RED 5's style sheet that makes its editor dark; empty where Node-RED 5 is not installed. */
export function darkVariables(): string {
  const path = join(APART, 'node_modules/@node-red/editor-client/public/red/style.min.css');
  const style = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
  return /html\.nr-theme-dark\{[^}]*\}/.exec(style)?.[0] ?? '';
}
