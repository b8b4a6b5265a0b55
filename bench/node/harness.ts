import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../test/support/collector';
import { startNodeRed, type FlowNode } from '../../test/support/node-red';
import { BUILD, PACKAGE } from '../paths';
import type { MediaServerOptions } from './media-server';

/** A real Node-RED with the package and the probe, and a media server. */
export interface Rig {
  readonly endpoint: string;
  /** Asks the probe. */
  ask(path: string): Promise<unknown>;
  deploy(flows: readonly FlowNode[]): Promise<void>;
  stop(): Promise<void>;
}

export interface RigOptions {
  readonly file?: string;
  /** Keep Node-RED to one core, and the server to another. */
  readonly pinned?: boolean;
  /** For Node-RED's process, such as `--max-semi-space-size`. */
  readonly nodeOptions?: string;
}

const NODE_RED_CORE = 0;
const SERVER_CORE = 1;

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const tls = certificate();
  const pinned = options.pinned === true && canPin();
  const server = startServer(
    {
      ...(options.file === undefined ? {} : { file: options.file }),
      ...(tls === undefined ? {} : { tls }),
    },
    pinned,
  );
  const [endpoint] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  const nodeRed = await startNodeRed({
    packageDir: PACKAGE,
    settings: { nodesDir: [probeFolder()] },
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...(tls === undefined ? {} : { NODE_EXTRA_CA_CERTS: tls.cert }),
      ...(options.nodeOptions === undefined ? {} : { NODE_OPTIONS: options.nodeOptions }),
    },
  }).catch((error: unknown) => {
    server.stdin.end();
    throw error;
  });
  if (pinned) {
    spawnSync('taskset', ['-a', '-c', '-p', String(NODE_RED_CORE), String(nodeRed.pid)]);
  }
  return {
    endpoint,
    ask: (path) => nodeRed.admin(path),
    deploy: (flows) => nodeRed.deploy(flows, { config: SIMULATOR_KEYS }),
    stop: async () => {
      server.stdin.end();
      await nodeRed.stop();
    },
  };
}

/** So many media nodes on one wire each to the sink. */
export function mediaFlow(
  endpoint: string,
  sinkMode: 'count' | 'frame' | 'chunk',
  media: readonly Readonly<Record<string, unknown>>[],
): FlowNode[] {
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    simulatorConfig(endpoint),
    ...media.map((properties, i) => mediaNode(`media-${i}`, 'tab', { ...properties, wires: [['sink'], []] })),
    { id: 'sink', type: 'bench-sink', z: 'tab', x: 300, y: 100, mode: sinkMode, wires: [] },
  ];
}

/** Can processes be kept to a core here? */
function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;
}

type Server = ChildProcess & {
  stdin: NonNullable<ChildProcess['stdin']>;
  stdout: NonNullable<ChildProcess['stdout']>;
};

function startServer(options: MediaServerOptions, pinned: boolean): Server {
  const command = [
    process.execPath,
    '--import',
    'tsx',
    join(__dirname, 'media-server.ts'),
    JSON.stringify(options),
  ];
  const [program = '', ...args] = pinned ? ['taskset', '-c', String(SERVER_CORE), ...command] : command;
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** A folder with the compiled probe, for Node-RED's `nodesDir`. */
function probeFolder(): string {
  const folder = join(BUILD, 'probe');
  buildSync({
    entryPoints: [join(__dirname, 'probe-node.ts')],
    outfile: join(folder, 'bench-probe.js'),
    ...{ bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' },
  });
  writeFileSync(join(folder, 'bench-probe.html'), '');
  return folder;
}

/** Undefined where there is no openssl: it is measured without TLS then. */
function certificate(): MediaServerOptions['tls'] {
  const [key, cert] = [join(BUILD, 'key.pem'), join(BUILD, 'cert.pem')];
  mkdirSync(BUILD, { recursive: true });
  if (!existsSync(cert)) {
    spawnSync('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '30',
      ],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ]);
  }
  return existsSync(cert) ? { key, cert } : undefined;
}
