/**
 * A node for measuring from within Node-RED, loaded from its `nodesDir`: a sink that counts, a source, a bare reader to
 * compare with, and an admin API that starts the measurements and answers when they are over.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector/promises';
import { PerformanceObserver, monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { Outbox } from '../../nodes/shared/outbox';
import { processTurn } from '../../src/event-loop-turn';
import { readBare, type BareReader } from './bare-readers';
import type { InUse, Measured, Profiled, SinkMode, Spent } from './measured';

interface SinkDef extends NodeDef {
  readonly mode: SinkMode;
}

/** Wired to the media node to start and stop it, or to the sink to send it messages. */
interface SourceDef extends NodeDef {
  readonly to: 'media' | 'sink';
}

interface MediaMessage extends NodeMessage {
  readonly payload: Buffer;
  readonly kvs: { readonly tags: Readonly<Record<string, string>> };
}

const LOOP_RESOLUTION_MS = 1;
const EMPTY_SENDS_PER_TURN = 100;
const SAMPLE_US = 500;
const STAMP_TAG = 'SENT_AT';

/** Counts, and once so many have passed to warm up, measures what the next ones cost. */
class Meter {
  #passed = 0;
  #next = Infinity;
  #step: () => void = () => undefined;
  #startedAt = 0;
  #startedCpu = process.cpuUsage();
  #startedFrom = 0;
  #startedWaited = 0;

  begin(): void {
    this.#startedFrom = this.#passed;
    this.#startedAt = performance.now();
    this.#startedCpu = process.cpuUsage();
    this.#startedWaited = waitedMs();
  }

  /** How long since the beginning other work had the core while this process wanted it, ms. */
  get waitedMs(): number {
    return waitedMs() - this.#startedWaited;
  }

  spent(): Spent {
    const { user, system } = process.cpuUsage(this.#startedCpu);
    return {
      count: this.#passed - this.#startedFrom,
      wallSeconds: (performance.now() - this.#startedAt) / 1_000,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  /** For every message, thousands a turn. */
  add(count: number): void {
    this.#passed += count;
    if (this.#passed >= this.#next) {
      this.#step();
    }
  }

  measure(warmUp: number, count: number): Promise<Spent> {
    return new Promise((resolve) => {
      this.#next = this.#passed + warmUp;
      this.#step = () => {
        this.begin();
        this.#next = this.#passed + count;
        this.#step = () => {
          this.#next = Infinity;
          resolve(this.spent());
        };
      };
    });
  }
}

export = function registerProbe(RED: NodeAPI): void {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  const meter = new Meter();
  let latencies: number[] = [];
  let longestCollectionMs = 0;
  const collections = new PerformanceObserver((list) => {
    longestCollectionMs = Math.max(longestCollectionMs, ...list.getEntries().map(({ duration }) => duration));
  });
  const sources: Partial<Record<SourceDef['to'], Node>> = {};

  RED.nodes.registerType('bench-sink', function createSink(this: Node, definition: SinkDef): void {
    RED.nodes.createNode(this, definition);
    this.on('input', listener(definition.mode));
  });

  RED.nodes.registerType('bench-source', function createSource(this: Node, definition: SourceDef): void {
    RED.nodes.createNode(this, definition);
    sources[definition.to] = this;
  });

  const listener = (mode: SinkMode): ((msg: NodeMessage) => void) => {
    switch (mode) {
      case 'messages':
        return () => {
          meter.add(1);
        };
      case 'bytes':
        return (msg) => {
          meter.add((msg as MediaMessage).payload.length);
        };
      default: {
        const stamp = mode === 'frame-latency' ? frameStamp : chunkStamp;
        return (msg) => {
          meter.add(1);
          latencies.push(Number(process.hrtime.bigint() - stamp(msg as MediaMessage)) / 1e6);
        };
      }
    }
  };

  /** An admin endpoint that takes numbers, and answers when `run` has resolved. */
  const endpoint = (
    name: string,
    run: (number: (parameter: string) => number, text: (parameter: string) => string) => unknown,
  ): void => {
    RED.httpAdmin.get(`/bench/${name}`, (request, response) => {
      const { searchParams } = new URL(request.url, 'http://localhost');
      const text = (parameter: string): string => searchParams.get(parameter) ?? '';
      Promise.resolve(run((parameter) => Number(text(parameter)), text)).then(
        (answer) => response.json(answer ?? {}),
        (error: unknown) => response.status(500).send(String(error)),
      );
    });
  };

  endpoint('begin', () => {
    resetPeak();
    loop.reset();
    loop.enable();
    latencies = [];
    longestCollectionMs = 0;
    collections.observe({ entryTypes: ['gc'] });
    meter.begin();
  });
  endpoint('end', (): Measured => {
    loop.disable();
    const [p50, p99] = [loop.percentile(50) / 1e6, loop.percentile(99) / 1e6];
    return {
      ...meter.spent(),
      waitedMs: meter.waitedMs,
      longestCollectionMs,
      peakMB: peakMB(),
      loopDelay: { p50, p99, max: loop.max / 1e6 },
      latencies,
    };
  });

  endpoint('profile', (number) => profile(number('seconds')));
  endpoint('collect', inUse);

  /** Messages of the media node, as fast as they go. */
  endpoint('receive', async (number) => {
    const measuring = meter.measure(number('warmUp'), number('count'));
    sources.media?.send({ action: 'start', startSelector: { StartSelectorType: 'EARLIEST' } });
    const spent = await measuring;
    sources.media?.send({ action: 'stop' });
    return spent;
  });
  /** The same response read in another way; counted in bytes. */
  endpoint('discard', async (number, text) => {
    const measuring = meter.measure(number('warmUp'), number('count'));
    const source = { endpoint: text('endpoint'), stream: text('stream'), file: text('file') };
    // At the end of a turn of the event loop, as the product does.
    const outbox = new Outbox((msg) => sources.sink?.send(msg), processTurn);
    const stop = readBare(text('by') as BareReader, source, {
      count: (bytes) => {
        meter.add(bytes);
      },
      send: (payload) => {
        outbox.add({ payload });
      },
    });
    const spent = await measuring;
    stop();
    return spent;
  });
  /** What a message costs Node-RED itself. */
  endpoint('empty', (number) => {
    const [warmUp, count] = [number('warmUp'), number('count')];
    const measuring = meter.measure(warmUp, count);
    let left = warmUp + count;
    const turn = (): void => {
      for (let i = 0; i < EMPTY_SENDS_PER_TURN && left > 0; i++) {
        sources.sink?.send({});
        left -= 1;
      }
      if (left > 0) {
        setImmediate(turn);
      }
    };
    turn();
    return measuring;
  });
};

/** When the server wrote the message's last byte: ns of the system's monotonic clock. */
function frameStamp({ payload }: MediaMessage): bigint {
  return payload.readBigUInt64LE(0);
}

function chunkStamp({ kvs }: MediaMessage): bigint {
  return BigInt(kvs.tags[STAMP_TAG] ?? 0);
}

/** Time of the main thread by file, from samples. */
async function profile(seconds: number): Promise<Profiled> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await session.post('Profiler.start');
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const { profile: taken } = await session.post('Profiler.stop');
  session.disconnect();
  return { seconds: (taken.endTime - taken.startTime) / 1e6, msByPlace: msByPlace(taken) };
}

/** Of functions of the engine's own the name counts, in brackets. */
function msByPlace({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Record<string, number> {
  const places = new Map(
    nodes.map(({ id, callFrame: { url, functionName } }) => [id, url === '' ? functionName : url]),
  );
  const spent: Record<string, number> = {};
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? '';
    spent[place] = (spent[place] ?? 0) + (timeDeltas[index] ?? 0) / 1_000;
  }
  return spent;
}

/** What is in use when garbage is collected. */
function inUse(): InUse {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const cpuSecondsBefore = cpuSeconds();
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    ...{ heapMB: heapUsed / 1e6, externalMB: external / 1e6, residentMB: rss / 1e6 },
    ...{ cpuSecondsBefore, cpuSecondsAfter: cpuSeconds() },
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Linux alone says how long the main thread has waited for a core. */
function waitedMs(): number {
  try {
    const [, waitedNs] = readFileSync('/proc/self/schedstat', 'utf8').split(' ').map(Number);
    return (waitedNs ?? 0) / 1e6;
  } catch {
    return 0;
  }
}

/** Linux forgets the process's highest resident size so far; elsewhere it stays that of the start. */
function resetPeak(): void {
  if (process.platform === 'linux') {
    writeFileSync('/proc/self/clear_refs', '5');
  }
}

function peakMB(): number {
  if (process.platform === 'linux') {
    const [, kilobytes = ''] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  }
  return process.resourceUsage().maxRSS / 1024;
}
