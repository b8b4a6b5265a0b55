/**
 * A Node-RED that is killed. What a user needs for its promise to hold: `maxInFlight` above 0, so that a chunk counts
 * as delivered when the flow says so; and a context store that writes at once. Node-RED's file store writes every 30 s
 * as it comes (`flushInterval`), so that a kill costs up to 30 s of the place and that much is sent again; with
 * `cache: false` each checkpoint is on disk before the next one is written. No setting makes a kill lose media.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Simulator, type Fragment, type SimulatedStream } from '../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { oneFragment } from './small-media';

/** `KVS_KILLS=20` for a longer campaign. */
const KILLS = Number(process.env['KVS_KILLS'] ?? 6);
const MAX_IN_FLIGHT = 4;
const CHUNK_EVERY_MS = 120;
/** The same seed kills at the same points of the stream. */
const SEED = Number(process.env['KVS_KILL_SEED'] ?? Date.now() % 1_000_000);

interface Receipt {
  readonly FragmentNumber: string;
  readonly life: number;
  /** The flow was told that the chunk has arrived; before that it cannot have acknowledged it. */
  answered: boolean;
}

/** Takes each chunk by HTTP, so that the flow acknowledges only what is safe outside of its process. */
class Desk {
  readonly receipts: Receipt[] = [];
  readonly bytes = new Map<string, Buffer>();
  life = 0;
  readonly #server = createServer((request, response) => {
    void this.#take(request, response);
  });
  #watchers: (() => void)[] = [];
  #work = Promise.resolve();

  constructor(private readonly random: () => number) {}

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request as AsyncIterable<Buffer>) {
        parts.push(part);
      }
    } catch {
      return; // Killed in mid-request: the chunk has not arrived.
    }
    const FragmentNumber = String(request.headers['x-fragment-number']);
    const receipt: Receipt = { FragmentNumber, life: this.life, answered: false };
    this.receipts.push(receipt);
    this.bytes.set(FragmentNumber, Buffer.concat(parts));
    this.#wake();
    // One after the other, with work that takes its time, so that some chunks are out whenever the process is killed.
    this.#work = this.#work.then(async () => {
      await pause(this.random() * CHUNK_EVERY_MS);
      receipt.answered = !response.destroyed;
      response.end('taken');
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of this.#watchers.splice(0)) {
      wake();
    }
  }
}

function flow(endpoint: string, deskUrl: string): FlowNode[] {
  const place = { z: 'tab', x: 300, y: 100 };
  return [
    { id: 'tab', type: 'tab', label: 'killed' },
    simulatorConfig(endpoint),
    mediaNode('media', 'tab', {
      ...{ stream: 'small', startSelectorType: 'EARLIEST', maxInFlight: MAX_IN_FLIGHT },
      wires: [['hand'], []],
    }),
    {
      ...{ id: 'hand', type: 'function', ...place, outputs: 1, wires: [['post']] },
      func: `msg.headers = { 'x-fragment-number': msg.kvs.FragmentNumber, 'content-type': 'video/x-matroska' };
return msg;`,
    },
    {
      ...{ id: 'post', type: 'http request', ...place, method: 'POST', ret: 'txt', url: deskUrl },
      ...{ paytoqs: 'ignore', persist: false, senderr: false, headers: [], wires: [['ack']] },
    },
    {
      ...{ id: 'ack', type: 'function', ...place, outputs: 1, wires: [['media']] },
      func: `return msg.payload === 'taken' ? { kvs: msg.kvs, action: 'ack' } : null;`,
    },
  ];
}

/** The place as it is on disk. */
function checkpointOnDisk(userDir: string): string | undefined {
  const file = join(userDir, 'context', 'tab', 'media.json');
  if (!existsSync(file)) {
    return undefined;
  }
  const { checkpoint } = JSON.parse(readFileSync(file, 'utf8')) as {
    checkpoint?: { FragmentNumber: string };
  };
  return checkpoint?.FragmentNumber;
}

describe('kill -9 of a real Node-RED, with a file context store and acknowledgements', function () {
  this.timeout(300_000);
  const random = seeded(SEED);
  const simulator = new Simulator({ idleEndMs: 1_000, callsPerSecond: 5, seed: SEED });
  const desk = new Desk(seeded(SEED + 1));
  let stream: SimulatedStream;
  let nodeRed: RunningNodeRed | undefined;
  const produced: Fragment[] = [];

  function produce(): void {
    produced.push(...stream.ingest(oneFragment(Buffer.alloc(20_000, produced.length % 251))));
  }

  before(async () => {
    process.stdout.write(`    seed ${SEED}\n`);
    stream = simulator.addStream({ name: 'small', source: 'none' });
    await simulator.start();
    const deskUrl = await desk.start();
    nodeRed = await startNodeRed({
      settings: { contextStorage: { default: { module: 'localfilesystem', config: { cache: false } } } },
      flows: flow(simulator.endpoint, deskUrl),
      credentials: { config: SIMULATOR_KEYS },
    });
  });

  after(async () => {
    await nodeRed?.stop();
    await desk.stop();
    await simulator.stop();
  });

  it(`${KILLS} kills: nothing lost, and nothing twice that was acknowledged up to the checkpoint`, async () => {
    assert.ok(nodeRed !== undefined);
    const camera = setInterval(produce, CHUNK_EVERY_MS);
    /** What was on disk when each life ended. */
    const kept: (string | undefined)[] = [];
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const moment = desk.receipts.length + Math.floor(random() * 16);
        await desk.until(() => desk.receipts.length >= moment);
        await pause(random() * CHUNK_EVERY_MS);
        await nodeRed.kill();
        kept.push(checkpointOnDisk(nodeRed.userDir));
        desk.life += 1;
        await nodeRed.start();
      }
    } finally {
      clearInterval(camera);
    }
    const last = produced.at(-1)?.FragmentNumber ?? '';
    await desk.until(() =>
      desk.receipts.some(({ FragmentNumber, answered }) => FragmentNumber === last && answered),
    );

    const order = new Map(produced.map(({ FragmentNumber }, index) => [FragmentNumber ?? '', index]));
    const lives = Array.from({ length: KILLS + 1 }, (_, life) =>
      desk.receipts
        .filter((receipt) => receipt.life === life)
        .map(({ FragmentNumber, answered }) => ({ index: order.get(FragmentNumber) ?? -1, answered }))
        // Requests that are out together may arrive in another order than they were sent.
        .sort((a, b) => a.index - b.index),
    );
    let next = 0;
    const figures = { duplicates: 0, unanswered: 0, unwritten: 0, most: 0 };
    const seen = new Map<number, boolean>();
    for (const [life, receipts] of lives.entries()) {
      const checkpoint = life === 0 ? undefined : kept[life - 1];
      next = checkpoint === undefined ? 0 : (order.get(checkpoint) ?? -1) + 1;
      assert.deepEqual(
        receipts.map(({ index }) => index),
        receipts.map((_, i) => next + i),
        `life ${life} continues right after the checkpoint on disk, each chunk once`,
      );
      const again = receipts.filter(({ index }) => seen.has(index));
      const unanswered = again.filter(({ index }) => seen.get(index) === false).length;
      assert.ok(unanswered <= MAX_IN_FLIGHT, 'no more comes again than was out');
      figures.duplicates += again.length;
      figures.unanswered += unanswered;
      figures.unwritten += again.filter(({ index }) => seen.get(index) === true).length;
      figures.most = Math.max(figures.most, again.length);
      for (const { index, answered } of receipts) {
        seen.set(index, answered || seen.get(index) === true);
      }
    }
    assert.equal(seen.size, produced.length, 'nothing is lost');
    const unfinished = [...seen].filter(([, answered]) => !answered).map(([index]) => index);
    assert.deepEqual(unfinished, [], 'what had only been begun came again, until it was done');
    for (const { FragmentNumber, body } of produced) {
      assert.ok(desk.bytes.get(FragmentNumber ?? '')?.includes(body), 'byte for byte');
    }
    // On a busy machine several lives may end before the context store has written.
    assert.ok(new Set(kept).size > 1, 'the checkpoint moves on from life to life');
    process.stdout.write(
      `    ${produced.length} chunks, ${KILLS} kills, ${desk.receipts.length} deliveries: ${figures.duplicates} came twice ` +
        `(at most ${figures.most} after one kill), ${figures.unanswered} of them never acknowledged, ${figures.unwritten} acknowledged ` +
        `at the last moment, the checkpoint not on disk yet\n`,
    );
  });
});

/** Uniform in [0, 1); mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
