/**
 * A node for measuring from within Node-RED, built by the harness and loaded from its `nodesDir`: a sink that counts,
 * and an admin API that starts, stops and reads the measurements.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { quantile } from '../statistics';
import type { Measured, Sending } from './measured';

/** What the sink does with a message besides counting it. */
type Mode = 'count' | 'frame' | 'chunk';

interface SinkDef extends NodeDef {
  readonly mode: Mode;
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

export = function registerProbe(RED: NodeAPI): void {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  let [messages, bytes, latencies] = [0, 0, [] as number[]];
  let [startedAt, startedCpu] = [0, process.cpuUsage()];
  /** The message after which whoever waits is told. */
  let target = Infinity;
  let reached: () => void = () => undefined;
  let first: () => void = () => undefined;
  const sources: Partial<Record<SourceDef['to'], Node>> = {};

  const begin = (): void => {
    [messages, bytes, latencies] = [0, 0, []];
    [startedAt, startedCpu] = [performance.now(), process.cpuUsage()];
  };
  const spent = (): { wallSeconds: number; cpuSeconds: number } => {
    const { user, system } = process.cpuUsage(startedCpu);
    return { wallSeconds: (performance.now() - startedAt) / 1_000, cpuSeconds: (user + system) / 1e6 };
  };
  /** Resolves when so many messages have come; the measurement begins with the first of them. */
  const sending = (count: number, start: () => void): Promise<Sending> =>
    new Promise((resolve) => {
      [messages, target] = [0, count];
      first = begin;
      reached = () => {
        target = Infinity;
        resolve({ messages: count, ...spent() });
      };
      start();
    });

  RED.nodes.registerType('bench-sink', function createSink(this: Node, definition: SinkDef): void {
    RED.nodes.createNode(this, definition);
    const stamp = stampOf(definition.mode);
    this.on('input', (msg) => {
      if (messages === 0) {
        first();
        first = () => undefined;
      }
      messages += 1;
      if (stamp !== undefined) {
        const taken = msg as MediaMessage;
        bytes += taken.payload.length;
        latencies.push(Number(process.hrtime.bigint() - stamp(taken)) / 1e6);
      }
      if (messages === target) {
        reached();
      }
    });
  });

  RED.nodes.registerType('bench-source', function createSource(this: Node, definition: SourceDef): void {
    RED.nodes.createNode(this, definition);
    sources[definition.to] = this;
  });

  RED.httpAdmin.get('/bench/begin', (_request, response) => {
    resetPeak();
    loop.reset();
    loop.enable();
    begin();
    response.json({});
  });
  RED.httpAdmin.get('/bench/end', (_request, response) => {
    loop.disable();
    const measured: Measured = {
      ...spent(),
      messages,
      bytes,
      peakMB: peakMB(),
      loopDelay: {
        p50: loop.percentile(50) / 1e6,
        p99: loop.percentile(99) / 1e6,
        max: loop.max / 1e6,
      },
      latency:
        latencies.length === 0
          ? null
          : { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), max: quantile(latencies, 1) },
    };
    response.json(measured);
  });
  RED.httpAdmin.get('/bench/frames', (request, response) => {
    const start = { action: 'start', startSelector: { StartSelectorType: 'EARLIEST' } };
    void sending(Number(request.query['messages']), () => sources.media?.send(start)).then((result) => {
      sources.media?.send({ action: 'stop' });
      response.json(result);
    });
  });
  RED.httpAdmin.get('/bench/empty', (request, response) => {
    const count = Number(request.query['messages']);
    let sent = 0;
    const turn = (): void => {
      for (let i = 0; i < EMPTY_SENDS_PER_TURN && sent < count; i++) {
        sources.sink?.send({});
        sent += 1;
      }
      if (sent < count) {
        setImmediate(turn);
      }
    };
    void sending(count, turn).then((result) => {
      response.json(result);
    });
  });
};

/** When the message's last byte was handed to the socket, as the server noted it: ns of the system's monotonic clock. */
function stampOf(mode: Mode): ((msg: MediaMessage) => bigint) | undefined {
  switch (mode) {
    case 'frame':
      return ({ payload }) => payload.readBigUInt64LE(0);
    case 'chunk':
      return ({ kvs }) => BigInt(kvs.tags[STAMP_TAG] ?? 0);
    case 'count':
      return undefined;
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
