/**
 * A node for measuring from within Node-RED, loaded from its `nodesDir`: a sink that counts, a source, a bare reader to
 * compare with, and an admin API that starts the measurements and answers when they are over.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { readBare, type BareReader } from './bare-readers';
import type { Measured, SinkMode, Spent } from './measured';

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
const STAMP_TAG = 'SENT_AT';

/** Counts, and once so many have passed to warm up, measures what the next ones cost. */
class Meter {
  #passed = 0;
  #next = Infinity;
  #step: () => void = () => undefined;
  #startedAt = 0;
  #startedCpu = process.cpuUsage();
  #startedFrom = 0;

  begin(): void {
    this.#startedFrom = this.#passed;
    this.#startedAt = performance.now();
    this.#startedCpu = process.cpuUsage();
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
    meter.begin();
  });
  endpoint('end', (): Measured => {
    loop.disable();
    const [p50, p99] = [loop.percentile(50) / 1e6, loop.percentile(99) / 1e6];
    return {
      ...meter.spent(),
      peakMB: peakMB(),
      loopDelay: { p50, p99, max: loop.max / 1e6 },
      latencies,
    };
  });

  /** Messages of the media node, as fast as they go. */
  endpoint('receive', async (number) => {
    const measuring = meter.measure(number('warmUp'), number('count'));
    sources.media?.send({ action: 'start', startSelector: { StartSelectorType: 'EARLIEST' } });
    const spent = await measuring;
    sources.media?.send({ action: 'stop' });
    return spent;
  });
  /** The same response read in another way and thrown away; counted in bytes. */
  endpoint('discard', async (number, text) => {
    const measuring = meter.measure(number('warmUp'), number('count'));
    const stop = readBare(text('by') as BareReader, text('endpoint'), text('stream'), (bytes) => {
      meter.add(bytes);
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
