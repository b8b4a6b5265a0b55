/** Collects the messages of a flow that runs in a real Node-RED, and makes the nodes that send them. */
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { FlowNode } from './node-red';

/** A message that has left a flow. Buffers inside `kvs` arrive as Node's JSON form of them. */
export interface CollectedMessage {
  readonly output: 'media' | 'errors' | 'status' | 'caught';
  readonly topic?: string;
  readonly payload: unknown;
  /** Where the payload is a Buffer. */
  readonly bytes?: Buffer;
  readonly kvs?: Readonly<Record<string, unknown>>;
  readonly [property: string]: unknown;
}

/** Takes the messages of a flow out of a real Node-RED: core's function and tcp nodes send them here as JSON lines. */
export class Collector {
  readonly messages: CollectedMessage[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<() => void>();
  #server: Server | undefined;
  #port = 0;

  async start(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => this.#sockets.delete(socket));
      createInterface({ input: socket }).on('line', (line) => {
        this.#take(line);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    const server = this.#server;
    if (server !== undefined) {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** The nodes that bring messages here; wire an output to `<id>-media`, `<id>-errors` or to any other name. */
  nodes(z: string, outputs: readonly string[], id = 'collect'): FlowNode[] {
    return [
      ...outputs.map((output) => ({
        id: `${id}-${output}`,
        type: 'function',
        z,
        name: output,
        func: `const bytes = Buffer.isBuffer(msg.payload) ? msg.payload.toString('base64') : undefined;
const { req, res, ...rest } = msg;
return { payload: JSON.stringify({ ...rest, output: '${output}', payload: bytes === undefined ? msg.payload : null, bytes }) + '\\n' };`,
        outputs: 1,
        x: 300,
        y: 100,
        wires: [[`${id}-out`]],
      })),
      {
        id: `${id}-out`,
        type: 'tcp out',
        z,
        host: '127.0.0.1',
        port: String(this.#port),
        beserver: 'client',
        base64: false,
        end: false,
        tls: '',
        x: 500,
        y: 100,
        wires: [],
      },
    ];
  }

  of(output: CollectedMessage['output']): CollectedMessage[] {
    return this.messages.filter((message) => message.output === output);
  }

  /** Resolves when the messages so far satisfy the condition. */
  until(what: string, holds: () => boolean, timeoutMs = 15_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const look = (): void => {
        if (holds()) {
          settle();
          resolve();
        }
      };
      const timer = setTimeout(() => {
        settle();
        const seen = this.messages.map(({ output, payload, kvs }) =>
          JSON.stringify({ output, payload, kvs }).slice(0, 400),
        );
        reject(new Error(`Never came: ${what}. ${seen.length} messages:\n${seen.slice(-10).join('\n')}`));
      }, timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  #take(line: string): void {
    const { bytes, ...message } = JSON.parse(line) as Omit<CollectedMessage, 'bytes'> & { bytes?: string };
    this.messages.push({
      ...message,
      ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes, 'base64') }),
    } as CollectedMessage);
    for (const look of [...this.#watchers]) {
      look();
    }
  }
}

/** A config node for the simulator; its credentials go beside the flow. */
export function simulatorConfig(endpoint: string, id = 'config'): FlowNode {
  return {
    id,
    type: 'kvs-config',
    name: 'simulator',
    region: 'us-west-2',
    auth: 'keys',
    profile: '',
    endpoint,
  };
}

export const SIMULATOR_KEYS = { accessKeyId: 'simulator', secretAccessKey: 'simulator' } as const;

/** A kvs-get-media node in tab `z`, wired to a collector's nodes. */
export function mediaNode(id: string, z: string, properties: Readonly<Record<string, unknown>>): FlowNode {
  return {
    id,
    type: 'kvs-get-media',
    z,
    name: '',
    version: 1,
    config: 'config',
    startSelectorType: 'NOW',
    startValue: '',
    emit: 'chunk',
    x: 100,
    y: 100,
    wires: [['collect-media'], ['collect-errors']],
    ...properties,
  };
}
