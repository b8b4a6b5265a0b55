/**
 * The demo: builds the package and starts a simulator with one live stream and a real Node-RED with the first example
 * flow, or with --fleet thirty streams and one node that reads them all. Its user directory is new and removed at the
 * end; only the files that flows write stay.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { exampleFlow, fleetFlow, mediaId, type FlowNode } from './demo-flows';

const ROOT = resolve(__dirname, '..');
const HOST = '127.0.0.1';
const KEY = 'simulator';
/** Streams with --fleet. */
const CAMERAS = '30';
/** Where relative names of the file nodes lead. */
const FILES = join(ROOT, 'build', 'demo-files');

const HELP = `npm run demo [-- OPTIONS]

Builds the package and starts a simulated camera and a Node-RED with the first example.

  --port PORT             of Node-RED (default 1880)
  --simulator-port PORT   of the simulator (default 4567)
  --file FILE             a Matroska file to play instead of the built-in sample
  --fleet                 thirty simulated cameras, read by one node
  --help                  shows this text
`;

/** A failure that a person can fix: printed without a stack. */
class DemoError extends Error {}

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

/** Throws before the build if a port is taken: half a demo helps nobody. */
async function checkPort(port: number, option: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolvePromise, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.message})`;
      reject(
        new DemoError(`Port ${port} ${why}. Choose another one: npm run demo -- --${option} ${port + 1}`),
      );
    });
    server.listen(port, HOST, resolvePromise);
  });
  await new Promise((resolvePromise) => server.close(resolvePromise));
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '1880' },
        'simulator-port': { type: 'string', default: '4567' },
        file: { type: 'string' },
        fleet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new DemoError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

function portOf(text: string, option: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new DemoError(`--${option} takes a port number from 1 to 65535.`);
  }
  return port;
}

/** Runs the build, whose own messages appear in the terminal. @throws DemoError if it fails */
async function build(): Promise<void> {
  console.log('Building the package (this takes about a minute) …');
  const script = join(ROOT, 'scripts', 'build.ts');
  const builder = spawn(process.execPath, [...process.execArgv, script], { cwd: ROOT, stdio: 'inherit' });
  await new Promise((resolvePromise) => builder.once('exit', resolvePromise));
  if (builder.exitCode !== 0) {
    throw new DemoError('The build failed, so there is nothing to show.');
  }
}

/** Resolves with a sentence that says how the process ended. */
function ended(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolvePromise) => {
    child.once('exit', (code, signal) => {
      resolvePromise(`${name} ended (${signal ?? `code ${code ?? 0}`})`);
    });
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = new Promise((resolvePromise) => child.once('exit', resolvePromise));
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(force);
  }
}

async function main(): Promise<void> {
  const values = readOptions();
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (values.file !== undefined && !fs.existsSync(values.file)) {
    throw new DemoError(`There is no file ${resolve(values.file)}.`);
  }
  const port = portOf(values.port, 'port');
  const simulatorPort = portOf(values['simulator-port'], 'simulator-port');
  await checkPort(port, 'port');
  await checkPort(simulatorPort, 'simulator-port');

  const interrupted = new Promise<string>((resolvePromise) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      // Each time: tsx passes a signal of the whole process group on, and the second one must not end this process first.
      process.on(signal, () => {
        resolvePromise('');
      });
    }
  });
  const userDir = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-demo-'));
  const children: ChildProcess[] = [];
  try {
    await build();
    prepareUserDir(userDir);
    console.log('Starting the simulator and Node-RED …');
    // In groups of their own: Ctrl-C is for this process, which then ends them in order.
    const simulator = spawn(
      process.execPath,
      [
        join(ROOT, 'dist/src/simulator/cli/kvs-simulator.js'),
        '--port',
        String(simulatorPort),
        ...(values.fleet ? ['--streams', CAMERAS, '--tag', 'site=demo'] : ['--stream', 'demo']),
        '--quiet',
        ...(values.file === undefined ? [] : ['--media', resolve(values.file)]),
      ],
      { detached: true, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    children.push(simulator);
    const nodeRed = spawn(
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
    children.unshift(nodeRed);
    if (nodeRed.stdout !== null) {
      createInterface({ input: nodeRed.stdout }).on('line', (line) => {
        if (line.trim() !== '') {
          console.log(line);
        }
      });
    }
    const running = new Promise<never>((_resolve, reject) => {
      nodeRed.once('message', () => {
        const flow = values.fleet ? fleetFlow(simulatorPort) : exampleFlow(simulatorPort);
        deploy(port, flow).then(() => {
          console.log(
            `\nOpen http://${HOST}:${port} and look at the debug sidebar.` +
              (values.fleet
                ? ''
                : `\nThe live picture: http://${HOST}:${port}/kvs-get-media/preview?node=${mediaId()}`) +
              `\nFiles that flows write: ${FILES}` +
              `\nCtrl-C ends the demo.\n`,
          );
        }, reject);
      });
    });
    const why = await Promise.race([
      running,
      interrupted,
      ended(simulator, 'The simulator'),
      ended(nodeRed, 'Node-RED'),
    ]);
    if (why !== '') {
      throw new DemoError(`${why}. The demo ends.`);
    }
  } finally {
    for (const child of children) {
      await stopped(child);
    }
    fs.rmSync(userDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof DemoError ? error.message : error);
  process.exitCode = 1;
});
