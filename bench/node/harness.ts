/** Starts a real Node-RED with the package and the probe node, and the media server that feeds it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { MediaTransport } from '../../src/kinesis-video';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { startNodeRed, type FlowNode } from '../../testing/node-red';
import { BUILD, PACKAGE, bundled } from '../paths';
import type { MediaServerOptions } from './media-server';
import type { Sender, SinkMode } from './measured';

/** A real Node-RED with the package and the probe, and a media server. */
export interface Rig {
  readonly endpoint: string;
  /** File with the server's certificate. */
  readonly cert: string;
  /** Asks the probe. */
  ask(path: string, parameters?: Readonly<Record<string, string | number>>): Promise<unknown>;
  /** How the server has fared since this was asked last. */
  sender(): Promise<Sender>;
  deploy(flows: readonly FlowNode[]): Promise<void>;
  stop(): Promise<void>;
}

export interface RigOptions {
  /** What the server is to send. */
  readonly server?: Omit<MediaServerOptions, 'tls'>;
  /** How the media node reads; the product's default where absent. */
  readonly transport?: MediaTransport;
  /** Of Node-RED, beside what measuring needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keep Node-RED to one core, and the server to another. */
  readonly pinned?: boolean;
}

const NODE_RED_CORE = 0;
const SERVER_CORE = 1;

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const tls = certificate();
  const pinned = options.pinned === true && canPin();
  const server = startServer({ tls, ...options.server }, pinned);
  try {
    const [endpoint] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const nodeRed = await startNodeRed({
      packageDir: PACKAGE,
      settings: { nodesDir: [probeFolder()] },
      env: {
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        NODE_EXTRA_CA_CERTS: tls.cert,
        ...(options.transport === undefined ? {} : { KVS_MEDIA_TRANSPORT: options.transport }),
        ...options.env,
      },
    });
    if (pinned) {
      spawnSync('taskset', ['-a', '-c', '-p', String(NODE_RED_CORE), String(nodeRed.pid)]);
    }
    return {
      endpoint,
      cert: tls.cert,
      ask: (path, parameters = {}) => {
        const query = new URLSearchParams(
          Object.entries(parameters).map(([key, value]) => [key, String(value)]),
        );
        return nodeRed.admin(`/bench/${path}?${String(query)}`);
      },
      sender: async () => {
        const [answer] = (await once(
          get(`${endpoint}/sender`, { ca: readFileSync(tls.cert) }),
          'response',
        )) as [Readable];
        return (await json(answer)) as Sender;
      },
      deploy: (flows) => nodeRed.deploy(flows, { config: SIMULATOR_KEYS }),
      stop: async () => {
        server.stdin.end();
        await nodeRed.stop();
      },
    };
  } catch (error) {
    server.stdin.end();
    throw error;
  }
}

/** So many media nodes on one wire each to the sink, and sources to start the first of them and to send to the sink. */
export function mediaFlow(
  endpoint: string,
  sinkMode: SinkMode,
  media: readonly Readonly<Record<string, unknown>>[],
): FlowNode[] {
  const place = { z: 'tab', x: 300, y: 100 };
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    simulatorConfig(endpoint),
    ...media.map((properties, i) => mediaNode(`media-${i}`, 'tab', { ...properties, wires: [['sink'], []] })),
    { id: 'sink', type: 'bench-sink', ...place, mode: sinkMode, wires: [] },
    { id: 'to-media', type: 'bench-source', ...place, to: 'media', wires: [['media-0']] },
    // With two outputs, like the media node: Node-RED has a shorter way for nodes with one.
    { id: 'to-sink', type: 'bench-source', ...place, to: 'sink', wires: [['sink'], []] },
  ];
}

/** Can processes be kept to a core here? */
export function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;
}

type Server = ChildProcess & {
  stdin: NonNullable<ChildProcess['stdin']>;
  stdout: NonNullable<ChildProcess['stdout']>;
};

function startServer(options: MediaServerOptions, pinned: boolean): Server {
  const command = [process.execPath, bundled('node/media-server.ts'), JSON.stringify(options)];
  const [program = '', ...args] = pinned ? ['taskset', '-c', String(SERVER_CORE), ...command] : command;
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** A folder with nothing but the probe, for Node-RED's `nodesDir`. */
function probeFolder(): string {
  const folder = join(BUILD, 'probe');
  mkdirSync(folder, { recursive: true });
  copyFileSync(bundled('node/probe-node.ts'), join(folder, 'bench-probe.js'));
  writeFileSync(join(folder, 'bench-probe.html'), '');
  return folder;
}

/** Made once, with openssl. */
export function certificate(): MediaServerOptions['tls'] {
  const [key, cert] = [join(BUILD, 'key.pem'), join(BUILD, 'cert.pem')];
  if (!existsSync(cert)) {
    const { status } = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '3650', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', key, '-out', cert],
    ]);
    if (status !== 0) {
      throw new Error('There is no openssl to make the certificate with that TLS needs.');
    }
  }
  return { key, cert };
}
