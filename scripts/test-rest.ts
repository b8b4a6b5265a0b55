/**
 * The tests that `npm test` leaves out, side by side since they wait more than they compute: the editor of each release
 * of Node-RED, whose suites share a browser and a Node-RED; and what needs a Node-RED of its own, with the live preview,
 * which mostly waits for video to play. Suites are shown as they end; failures and skipped tests at the end.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = resolve(__dirname, '..');
const MOCHA = require.resolve('mocha/bin/mocha.js');

interface Lane {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const EDITOR = ['test/editor/!(preview*).test.ts'];
const PREVIEW = 'test/editor/preview*.test.ts';
const LANES: readonly Lane[] = [
  { name: 'the editor of Node-RED 4', args: EDITOR, env: { KVS_NODE_RED: '4' } },
  { name: 'the editor of Node-RED 5', args: EDITOR, env: { KVS_NODE_RED: '5' } },
  {
    name: 'the live preview, whole flows',
    args: ['--parallel', '--jobs', '3', PREVIEW, 'test/e2e/**/*.test.ts'],
  },
];

/** How the figures begin that a reporter prints after the last suite. */
const SUMMARY = /^ +\d+ passing/;

/** @returns what is to be shown at the end */
function run({ name, args, env }: Lane): Promise<readonly string[]> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [MOCHA, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const summary: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (summary.length > 0 || SUMMARY.test(line)) {
        summary.push(line);
      } else {
        console.log(line);
      }
    });
    child.on('error', fail);
    child.on('close', (code) => {
      if (code !== 0) {
        process.exitCode = 1;
        summary.push(`  failed with exit code ${code ?? 'none'}`);
      }
      done([`== ${name}`, ...summary]);
    });
  });
}

async function runAll(): Promise<void> {
  for (const summary of await Promise.all(LANES.map(run))) {
    console.log(['', ...summary].join('\n'));
  }
}

void runAll();
