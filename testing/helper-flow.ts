/** A flow with the nodes in the process of the test, by node-red-node-test-helper. */
import helper from 'node-red-node-test-helper';
import type { Node, NodeMessage, NodeStatus } from 'node-red';
import kvsConfig from '../nodes/kvs-config/kvs-config';
import kvsGetMedia from '../nodes/kvs-get-media/kvs-get-media';
import { inEnglish } from './texts';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from './collector';

helper.init(require.resolve('node-red'));

/** Messages of one output in the order in which they came, for a test to wait for. */
export class Inbox<T> {
  readonly all: T[] = [];
  readonly #waiting: { readonly fits: (item: T) => boolean; readonly take: (item: T) => void }[] = [];

  push(item: T): void {
    this.all.push(item);
    for (const waiter of [...this.#waiting]) {
      if (waiter.fits(item)) {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        waiter.take(item);
      }
    }
  }

  /** Calls back with each that is yet to come. */
  each(take: (item: T) => void): void {
    this.#waiting.push({
      fits: (item) => {
        take(item);
        return false;
      },
      take,
    });
  }

  /** The first that fits, come already or yet to come. */
  first(fits: (item: T) => boolean = () => true): Promise<T> {
    const found = this.all.find(fits);
    return found === undefined ? this.next(fits) : Promise.resolve(found);
  }

  /** The next that fits, of those that are yet to come. */
  next(fits: (item: T) => boolean = () => true): Promise<T> {
    return new Promise((take) => {
      this.#waiting.push({ fits, take });
    });
  }

  /** Resolves when so many have come in all. */
  async count(n: number): Promise<T[]> {
    while (this.all.length < n) {
      await this.next();
    }
    return this.all.slice(0, n);
  }
}

/** A message of the media output. */
export interface MediaMessage extends NodeMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly kvs: Readonly<Record<string, unknown>> & {
    readonly FragmentNumber: string;
    readonly RequestId: string;
    readonly sequence: number;
  };
}

/** A message of the error output. */
export interface ErrorMessage extends NodeMessage {
  readonly payload: Readonly<Record<string, unknown>> & {
    readonly ErrorType: string;
    readonly message: string;
    readonly action: string;
  };
  readonly kvs: Readonly<Record<string, unknown>>;
}

/** The two nodes in a Node-RED run time within this process, with what leaves them. */
export interface HelperFlow {
  readonly media: Inbox<MediaMessage>;
  readonly errors: Inbox<ErrorMessage>;
  readonly statuses: Inbox<NodeStatus>;
  /** Messages of a Catch node. */
  readonly caught: Inbox<NodeMessage>;
  readonly node: Node;
  /** Sends a message to the input; what comes of it shows at the outputs. */
  readonly input: (msg: Record<string, unknown>) => void;
  /** Closes all nodes, as a deploy does. */
  readonly unload: () => Promise<void>;
}

export interface HelperFlowOptions {
  readonly endpoint: string;
  readonly stream?: string;
  /** Of kvs-get-media. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Of kvs-config. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly keys?: Readonly<Record<string, string>>;
}

export async function loadFlow(options: HelperFlowOptions): Promise<HelperFlow> {
  const { endpoint, stream = 'demo', properties = {}, config = {}, keys = SIMULATOR_KEYS } = options;
  const flow = [
    { id: 'tab', type: 'tab', label: 'test' },
    { ...simulatorConfig(endpoint), ...config },
    { ...mediaNode('media', 'tab', { stream, ...properties }), wires: [['out'], ['err']] },
    { id: 'out', type: 'helper', z: 'tab', x: 1, y: 1, wires: [] },
    { id: 'err', type: 'helper', z: 'tab', x: 1, y: 1, wires: [] },
    { id: 'catch', type: 'catch', z: 'tab', x: 1, y: 1, scope: null, wires: [['caught']] },
    { id: 'caught', type: 'helper', z: 'tab', x: 1, y: 1, wires: [] },
  ];
  const media = new Inbox<MediaMessage>();
  const errors = new Inbox<ErrorMessage>();
  const statuses = new Inbox<NodeStatus>();
  const caught = new Inbox<NodeMessage>();
  const listen = (id: string, take: (msg: NodeMessage) => void): void => {
    helper.getNode(id).on('input', take);
  };
  try {
    await helper.load([inEnglish(kvsConfig), inEnglish(kvsGetMedia)], flow, { config: { ...keys } });
  } catch (error) {
    await helper.unload();
    throw error;
  }
  const node = helper.getNode('media');
  listen('out', (msg) => {
    media.push(msg as MediaMessage);
  });
  listen('err', (msg) => {
    errors.push(msg as ErrorMessage);
  });
  listen('caught', (msg) => {
    caught.push(msg);
  });
  node.on('call:status' as 'close', (call: unknown) => {
    statuses.push((call as { args: [NodeStatus] }).args[0]);
  });
  return {
    media,
    errors,
    statuses,
    caught,
    node,
    input: (msg) => {
      node.receive(msg);
    },
    unload: async () => {
      await helper.unload();
    },
  };
}
