/**
 * The demo: builds the package and starts a simulator with one live stream and a real Node-RED with the first example
 * flow, or with --fleet thirty streams and one node that reads them all, or several that share them. Its user directory is new and removed at the
 * end; only the files that flows write stay.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exampleFlow, fleetFlow, mediaId } from './demo-flows';
import { DemoError, FILES, HOST, KEY, startNodeRed, type DemoNodeRed } from './demo-node-red';
import { startDemoTable } from './demo-table';

const ROOT = resolve(__dirname, '..');
/** Streams with --fleet. */
const CAMERAS = '30';

const HELP = `npm run demo [-- OPTIONS]

Builds the package and starts a simulated camera and a Node-RED with the first example.

  --port PORT             of Node-RED (default 1880)
  --simulator-port PORT   of the simulator (default 4567)
  --file FILE             a Matroska file to play instead of the built-in sample
  --fleet [NUMBER]        thirty simulated cameras, read by one node, or shared by so many Node-REDs (2 to 9)
  --help                  shows this text
`;

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
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '1880' },
        'simulator-port': { type: 'string', default: '4567' },
        file: { type: 'string' },
        fleet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [members = '1', ...more] = positionals;
    if (more.length > 0 || !/^[1-9]$/.test(members) || (positionals.length > 0 && !values.fleet)) {
      throw new Error(`${positionals.join(' ')} means nothing here.`);
    }
    return { ...values, members: Number(members) };
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
  for (let index = 0; index < values.members; index += 1) {
    await checkPort(port + index, 'port');
  }
  await checkPort(simulatorPort, 'simulator-port');

  const interrupted = new Promise<string>((resolvePromise) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      // Each time: tsx passes a signal of the whole process group on, and the second one must not end this process first.
      process.on(signal, () => {
        resolvePromise('');
      });
    }
  });
  const children: ChildProcess[] = [];
  const nodeReds: DemoNodeRed[] = [];
  const isShared = values.members > 1;
  const table = isShared ? await startDemoTable(KEY) : undefined;
  try {
    await build();
    console.log(`Starting the simulator and ${isShared ? `${values.members} Node-REDs` : 'Node-RED'} …`);
    // In a group of its own: Ctrl-C is for this process, which then ends it in order.
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
    for (let index = 0; index < values.members; index += 1) {
      const flow = values.fleet ? fleetFlow(simulatorPort, table?.endpoint) : exampleFlow(simulatorPort);
      nodeReds.push(startNodeRed(port + index, flow, isShared ? `${index + 1} | ` : ''));
    }
    children.push(...nodeReds.map(({ child }) => child), simulator);
    const running = Promise.all(nodeReds.map(({ deployed }) => deployed)).then(() => {
      console.log(welcome(nodeReds, port, values.fleet));
      return new Promise<never>(() => undefined);
    });
    const lasting = nodeReds.map(async ({ child }, index) => {
      const how = await ended(child, isShared ? `Node-RED ${index + 1}` : 'Node-RED');
      if (isShared && child.signalCode !== null) {
        console.log(`${how}. The others take its streams after 15 seconds.`);
      }
      return how;
    });
    const allEnded = Promise.all(lasting).then((sentences) => sentences.join(', '));
    const why = await Promise.race([running, interrupted, ended(simulator, 'The simulator'), allEnded]);
    if (why !== '') {
      throw new DemoError(`${why}. The demo ends.`);
    }
  } finally {
    await Promise.all(children.map(stopped));
    table?.close();
    for (const { userDir } of nodeReds) {
      fs.rmSync(userDir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** What a person may want to know when all has started. */
function welcome(nodeReds: readonly DemoNodeRed[], port: number, isFleet: boolean): string {
  const isShared = nodeReds.length > 1;
  const addresses = nodeReds.map(({ child }, index) => {
    const address = `http://${HOST}:${port + index}`;
    return isShared ? `  ${index + 1} | ${address} (process ${child.pid ?? 0})` : address;
  });
  return [
    isShared
      ? `\nThe streams are shared by these Node-REDs:\n${addresses.join('\n')}\nEnd one (kill -9 PROCESS) and watch the others.`
      : `\nOpen ${addresses.join()} and look at the debug sidebar.`,
    ...(isFleet ? [] : [`The live picture: http://${HOST}:${port}/kvs-get-media/preview?node=${mediaId()}`]),
    `Files that flows write: ${FILES}`,
    'Ctrl-C ends the demo.\n',
  ].join('\n');
}

main().catch((error: unknown) => {
  console.error(error instanceof DemoError ? error.message : error);
  process.exitCode = 1;
});
