/**
 * A real Node-RED in a process and a user directory of its own, for tests of what only the whole can show: the
 * editor, credentials, the loader, a packed package.
 */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchOnce } from './fetch-once';
import { NODE_RED_4, type NodeRedLine } from './node-red-lines';

export const REPOSITORY = resolve(__dirname, '..');

/** A node as a flow file holds it. */
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

/** Credentials by node id and name. */
export type FlowCredentials = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a deploy restarts: all nodes, or those that have changed. */
export type DeployType = 'full' | 'flows' | 'nodes';

export interface NodeRedOptions {
  /** The repository's own, Node-RED 4, by default. */
  readonly line?: NodeRedLine;
  /** Deployed once Node-RED is up. */
  readonly flows?: readonly FlowNode[];
  readonly credentials?: FlowCredentials;
  /** Added to settings.js; must survive JSON. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** JavaScript at the end of settings.js, for what does not survive JSON. */
  readonly settingsScript?: string;
  /** Added to the environment, from which every `AWS_` variable is taken out first. */
  readonly env?: Readonly<Record<string, string>>;
  /** The package to link in, with its dist/ built; this repository by default. */
  readonly packageDir?: string;
  /** A packed package to unpack instead of `packageDir`; it finds its dependencies in this repository. */
  readonly tarball?: string;
  /** No package at all, for tests that install it. */
  readonly empty?: boolean;
}

export interface RunningNodeRed {
  /** The editor's and the admin API's address, without a trailing slash. */
  readonly url: string;
  readonly userDir: string;
  /** Every line of the log so far, from every run. */
  readonly log: readonly string[];
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** Replaces the flows, by default all of them, and resolves when the run time has started them. */
  deploy(flows: readonly FlowNode[], credentials?: FlowCredentials, type?: DeployType): Promise<void>;
  /** Resolves with the first line, old or new, that fits; `from` skips older ones. */
  waitForLog(pattern: RegExp, options?: { timeoutMs?: number; from?: number }): Promise<string>;
  /** The admin API: `GET` without a body, else `POST`. Rejects where the answer is no success. */
  admin(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /** Starts the process, which must have ended; the user directory is as it was left. */
  start(): Promise<void>;
  /** Stops and starts the process; the user directory stays. */
  restart(): Promise<void>;
  /** Stops the process; the user directory stays. */
  end(): Promise<void>;
  /** Ends the process as a power failure would: at once, with nothing tidied up. The user directory stays. */
  kill(): Promise<void>;
  /** Ends the process and removes the user directory. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

export async function startNodeRed(options: NodeRedOptions = {}): Promise<RunningNodeRed> {
  const userDir = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-node-red-'));
  const instance = new NodeRedProcess(
    userDir,
    await freePort(),
    options.env ?? {},
    options.line ?? NODE_RED_4,
  );
  try {
    prepareUserDir(userDir, options);
    await instance.start();
    if (options.flows !== undefined) {
      await instance.deploy(options.flows, options.credentials);
    }
    return instance;
  } catch (error) {
    await instance.stop();
    throw error;
  }
}

function prepareUserDir(userDir: string, options: NodeRedOptions): void {
  // Node-RED counts as installed by the user only what the user directory's package.json names.
  const dependencies = options.empty === true ? {} : { [installPackage(userDir, options)]: '*' };
  fs.writeFileSync(
    join(userDir, 'package.json'),
    JSON.stringify({ name: 'test', private: true, dependencies }),
  );
  const settings = {
    flowFile: 'flows.json',
    credentialSecret: 'only for tests',
    uiHost: '127.0.0.1',
    telemetry: { enabled: false, updateNotification: false },
    // Without Monaco, which no dialog of ours opens, a browser needs half as long to load the editor.
    editorTheme: { tours: false, codeEditor: { lib: 'ace' } },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    ...options.settings,
  };
  // The process ends with this one however this one ends: its standard input closes then.
  fs.writeFileSync(
    join(userDir, 'settings.js'),
    `process.stdin.resume().on('end', () => process.exit(1));\nmodule.exports = ${JSON.stringify(settings)};\n${options.settingsScript ?? ''}\n`,
  );
}

/** @returns the package's name */
function installPackage(userDir: string, { packageDir = REPOSITORY, tarball }: NodeRedOptions): string {
  const modules = join(userDir, 'node_modules');
  if (tarball === undefined) {
    const name = packageName(packageDir);
    const place = join(modules, name);
    fs.mkdirSync(dirname(place), { recursive: true });
    fs.symlinkSync(packageDir, place, 'dir');
    return name;
  }
  const unpacked = join(userDir, 'unpacked');
  fs.mkdirSync(unpacked);
  execFileSync('tar', ['-xzf', tarball, '-C', unpacked]);
  const name = packageName(join(unpacked, 'package'));
  const place = join(modules, name);
  fs.mkdirSync(dirname(place), { recursive: true });
  fs.renameSync(join(unpacked, 'package'), place);
  fs.symlinkSync(join(REPOSITORY, 'node_modules'), join(place, 'node_modules'), 'dir');
  return name;
}

function packageName(folder: string): string {
  const { name } = JSON.parse(fs.readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
  return name;
}

class NodeRedProcess implements RunningNodeRed {
  readonly url: string;
  readonly log: string[] = [];
  private child: ChildProcess | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly userDir: string,
    private readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
    private readonly line: NodeRedLine,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    const from = this.log.length;
    const [node, script] = this.line.command ?? [];
    if (node === undefined || script === undefined) {
      throw new Error(`${this.line.name} is not installed.`);
    }
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
    const child = spawn(node, [script, '-u', this.userDir, '-p', String(this.port)], {
      cwd: this.userDir,
      // A group of its own, so that whatever a node starts ends with it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), ...this.env },
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.log.push(line);
        this.notify();
      });
    }
    child.on('exit', () => {
      this.notify();
    });
    await this.waitForLog(/Started flows|Flows sind gestartet/, { timeoutMs: START_TIMEOUT_MS, from });
    await this.waitForLog(/Server now running|Server wird jetzt/, { timeoutMs: START_TIMEOUT_MS, from });
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async deploy(
    flows: readonly FlowNode[],
    credentials: FlowCredentials = {},
    type: DeployType = 'full',
  ): Promise<void> {
    const from = this.log.length;
    const withSecrets = flows.map((node) => {
      const secrets = credentials[node.id];
      return secrets === undefined ? node : { ...node, credentials: secrets };
    });
    await this.admin('/flows', { flows: withSecrets }, { 'Node-RED-Deployment-Type': type });
    await this.waitForLog(/Started (flows|modified)|Flows sind gestartet/, { from });
  }

  async admin(
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const response = await fetchOnce(`${this.url}${path}`, {
      headers: {
        ...headers,
        Accept: 'application/json',
        'Content-Type': 'application/json',
        'Node-RED-API-Version': 'v2',
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`Node-RED answered ${path} with ${response.status}: ${text.slice(0, 500)}`);
    }
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  }

  waitForLog(
    pattern: RegExp,
    { timeoutMs = START_TIMEOUT_MS, from = 0 }: { timeoutMs?: number; from?: number } = {},
  ): Promise<string> {
    const { child } = this;
    return new Promise((resolvePromise, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.listeners.delete(look);
      };
      const fail = (why: string): void => {
        settle();
        reject(
          new Error(`Node-RED ${why} before ${String(pattern)}. Log:\n${this.log.slice(-40).join('\n')}`),
        );
      };
      const look = (): void => {
        const line = this.log.slice(from).find((text) => pattern.test(text));
        if (line !== undefined) {
          settle();
          resolvePromise(line);
        } else if (child === undefined || hasEnded(child)) {
          fail('ended');
        }
      };
      const timer = setTimeout(() => {
        fail('was silent');
      }, timeoutMs);
      this.listeners.add(look);
      look();
    });
  }

  async restart(): Promise<void> {
    await this.end();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.end();
    fs.rmSync(this.userDir, { recursive: true, force: true, maxRetries: 3 });
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.pid !== undefined && !hasEnded(child)) {
      const ended = new Promise<void>((resolvePromise) => child.once('exit', resolvePromise));
      signal(-child.pid, 'SIGKILL');
      await ended;
    }
  }

  async end(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.pid === undefined || hasEnded(child)) {
      return;
    }
    const group = -child.pid;
    const ended = new Promise<void>((resolvePromise) => child.once('exit', resolvePromise));
    const timer = setTimeout(() => {
      signal(group, 'SIGKILL');
    }, STOP_TIMEOUT_MS);
    signal(group, 'SIGTERM');
    await ended;
    clearTimeout(timer);
    // What a node had started and Node-RED left behind.
    signal(group, 'SIGKILL');
  }

  private notify(): void {
    for (const listener of [...this.listeners]) {
      listener();
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(group, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

/** Below those that systems give to whoever asks for any port: none of these is taken before Node-RED listens. */
const FIRST_PORT = 12_000;
const PORTS = 20_000;
/** Each process begins elsewhere. */
let nextPort = process.pid * 50;

async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS; tries++) {
    const port = FIRST_PORT + (nextPort++ % PORTS);
    if (await isFree(port)) {
      return port;
    }
  }
  throw new Error('No free port.');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
