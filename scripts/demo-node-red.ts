/** The Node-REDs of the demo. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { FlowNode } from './demo-flows';

const ROOT = resolve(__dirname, '..');
export const HOST = '127.0.0.1';
export const KEY = 'simulator';
/** Where relative names of the file nodes lead. */
export const FILES = join(ROOT, 'build', 'demo-files');

/** A failure that a person can fix: printed without a stack. */
export class DemoError extends Error {}

export interface DemoNodeRed {
  readonly child: ChildProcess;
  /** New, and to be removed at the end. */
  readonly userDir: string;
  /** Resolves when the flow is deployed. */
  readonly deployed: Promise<void>;
}

/** @param prefix of its lines in the terminal */
export function startNodeRed(port: number, flow: readonly FlowNode[], prefix: string): DemoNodeRed {
  const userDir = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-demo-'));
  prepareUserDir(userDir);
  // In a group of its own: Ctrl-C is for this process, which then ends it in order.
  const child = spawn(
    process.execPath,
    [require.resolve('node-red/red.js'), '-u', userDir, '-p', String(port)],
    {
      cwd: userDir,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // On Node.js 20 the AWS SDK would say on every start that its later versions will need a newer one.
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    },
  );
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.trim() !== '') {
        console.log(`${prefix}${line}`);
      }
    });
  }
  const deployed = new Promise<void>((resolvePromise, reject) => {
    child.once('message', () => {
      deploy(port, flow).then(resolvePromise, reject);
    });
  });
  return { child, userDir, deployed };
}

/**
 * A log handler, run inside Node-RED: what the flow says, what nodes warn of (Node-RED's own warnings are of this demo's
 * user directory and help nobody), and to this process that the flows have started.
 */
function showInTerminal(entry: {
  level: number;
  type?: string;
  id?: string;
  name?: string;
  msg: unknown;
}): void {
  const NODE_WARNING = 30;
  if (entry.type === 'debug') {
    console.log(entry.msg);
  } else if (entry.level === NODE_WARNING && entry.id !== undefined) {
    console.log('[warn]', entry.type, entry.name, entry.msg);
  } else if (String(entry.msg).startsWith('Started flows')) {
    process.send?.('ready');
  }
}

function prepareUserDir(userDir: string): void {
  const { name } = JSON.parse(fs.readFileSync(join(ROOT, 'package.json'), 'utf8')) as { name: string };
  fs.writeFileSync(
    join(userDir, 'package.json'),
    JSON.stringify({ private: true, dependencies: { [name]: '*' } }),
  );
  fs.mkdirSync(join(userDir, 'node_modules', name, '..'), { recursive: true });
  fs.symlinkSync(ROOT, join(userDir, 'node_modules', name), 'dir');
  fs.mkdirSync(FILES, { recursive: true });
  fs.writeFileSync(
    join(userDir, 'settings.js'),
    `module.exports = {
  flowFile: 'flows.json',
  credentialSecret: '${randomUUID()}',
  fileWorkingDirectory: ${JSON.stringify(FILES)},
  uiHost: '${HOST}',
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, projects: {} },
  logging: {
    console: { level: 'error' },
    demo: { level: 'info', handler: () => ${String(showInTerminal)} },
  },
};
`,
  );
}

/** Deploys as the editor does, so that Node-RED itself encrypts the keys. */
async function deploy(port: number, flow: readonly FlowNode[]): Promise<void> {
  const flows = flow.map((node) =>
    node.type === 'kvs-config' ? { ...node, credentials: { accessKeyId: KEY, secretAccessKey: KEY } } : node,
  );
  const response = await fetch(`http://${HOST}:${port}/flows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Node-RED-API-Version': 'v2' },
    body: JSON.stringify({ flows }),
  });
  if (!response.ok) {
    throw new DemoError(`Node-RED did not take the flow (status ${response.status}).`);
  }
}
