/**
 * A long run: a simulator and a real Node-RED whose flow reads one live stream three times over (chunks, frames, and
 * chunks that are acknowledged). Responses end every half minute, so that connecting again is part of it. Every minute
 * Node-RED collects its garbage and says what is then in use; beside it stands what the process holds (RSS), which the
 * C library also keeps for itself. Prints the series, the slopes after the first ten minutes, and what the log says.
 *
 * npx tsx bench/soak.ts [--minutes 60] [--every 60]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Simulator } from '../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../testing/collector';
import { REPOSITORY, startNodeRed, type FlowNode, type RunningNodeRed } from '../testing/node-red';
import { residentMB, slopePerHour } from './memory';

const SESSION_MS = 30_000;
const READERS = ['chunks', 'frames', 'acknowledged'];
const SETTLING_MS = 10 * 60_000;

/** At a signal (one that Node-RED does not take for its end) the process collects its garbage and writes what is left: the heap, and the Buffers outside of it. */
const REPORT_MEMORY = `process.on('SIGWINCH', () => {
  global.gc();
  setImmediate(() => {
    global.gc();
    const { heapUsed, external } = process.memoryUsage();
    console.log('in use ' + heapUsed + ' ' + external);
  });
});`;

interface Sample {
  readonly heapMB: number;
  readonly buffersMB: number;
  readonly residentMB: number;
}

async function sampleOf(nodeRed: RunningNodeRed): Promise<Sample> {
  const { pid = 0, log } = nodeRed;
  const from = log.length;
  process.kill(pid, 'SIGWINCH');
  const line = await nodeRed.waitForLog(/^in use /, { from });
  const [, , heap, external] = line.split(' ').map(Number);
  return { heapMB: megabytes(heap), buffersMB: megabytes(external), residentMB: residentMB(pid) };
}

function megabytes(bytes = NaN): number {
  return bytes / 1e6;
}

/** Each reader has a function node after it that counts, and a debug node that gets one line a message. */
function flow(endpoint: string): FlowNode[] {
  const reader = (id: string, properties: Readonly<Record<string, unknown>>, back: string[]): FlowNode[] => [
    mediaNode(id, 'tab', { stream: 'demo', ...properties, wires: [[`${id}-line`], ['errors']] }),
    {
      ...{ id: `${id}-line`, type: 'function', z: 'tab', x: 300, y: 100, outputs: 2 },
      func: `flow.set('${id}', (flow.get('${id}') || 0) + 1);
return [{ payload: msg.topic + ' ' + msg.kvs.FragmentNumber + ' ' + msg.payload.length }, { action: 'ack', kvs: msg.kvs }];`,
      wires: [['debug'], back],
    },
  ];
  return [
    { id: 'tab', type: 'tab', label: 'soak' },
    simulatorConfig(endpoint),
    ...reader('chunks', {}, []),
    ...reader('frames', { emit: 'frame' }, []),
    ...reader('acknowledged', { maxInFlight: 2 }, ['acknowledged']),
    { id: 'errors', type: 'function', z: 'tab', x: 1, y: 1, func: 'node.warn(msg.payload);', wires: [] },
    {
      ...{ id: 'debug', type: 'debug', z: 'tab', x: 500, y: 100, active: true, tosidebar: true, wires: [] },
      ...{ console: false, complete: 'payload', targetType: 'msg' },
    },
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '60' }, every: { type: 'string', default: '60' } },
  });
  const everyMs = Number(values.every) * 1_000;
  const samples = Math.ceil((Number(values.minutes) * 60_000) / everyMs);
  const simulator = new Simulator({ maxSessionMs: SESSION_MS });
  const stream = simulator.addStream({ name: 'demo', profile: 'aws-sdk' });
  const { endpoint } = await simulator.start();
  const packed = mkdtempSync(join(tmpdir(), 'kvs-flow-soak-'));
  // The package as it would be published, so that a build beside the run does not reach into it.
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], {
    cwd: REPOSITORY,
  });
  const [tarball = ''] = readdirSync(packed);
  const nodeRed = await startNodeRed({
    tarball: join(packed, tarball),
    flows: flow(endpoint),
    credentials: { config: SIMULATOR_KEYS },
    settingsScript: REPORT_MEMORY,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', NODE_OPTIONS: '--expose-gc' },
  });
  try {
    const from = nodeRed.log.length;
    const series: Sample[] = [];
    console.log('   s  in use (heap + Buffers)    RSS');
    for (let sample = 1; sample <= samples; sample++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      const { heapMB, buffersMB, residentMB: rss } = await sampleOf(nodeRed);
      series.push({ heapMB, buffersMB, residentMB: rss });
      const seconds = String((sample * everyMs) / 1_000).padStart(4);
      const parts = `${(heapMB + buffersMB).toFixed(2)} MB (${heapMB.toFixed(2)} + ${buffersMB.toFixed(2)})`;
      console.log(`${seconds}  ${parts}  ${rss} MB`);
    }
    const settled = series.slice(Math.min(series.length - 2, Math.floor(SETTLING_MS / everyMs)));
    const slope = (of: (sample: Sample) => number): string =>
      `${slopePerHour(settled.map(of), everyMs).toFixed(2)} MB an hour`;
    console.log(
      `In use after the first ten minutes: ${slope(({ heapMB, buffersMB }) => heapMB + buffersMB)}`,
    );
    console.log(`RSS after the first ten minutes: ${slope((sample) => sample.residentMB)}`);
    for (const id of READERS) {
      const context = (await nodeRed.admin(`/context/flow/tab/${id}`)) as { msg?: string };
      console.log(`Messages of "${id}": ${context.msg ?? 'none'}`);
    }
    console.log(`Chunks produced: ${stream.nextPosition}`);
    console.log(`GetMedia calls: ${simulator.stats.streams['demo']?.calls ?? 0}`);
    const complaints = nodeRed.log.slice(from).filter((line) => /\[(warn|error|fatal)\]|Warning/.test(line));
    console.log(`Warnings and errors in the log: ${complaints.length}`);
    for (const line of complaints.slice(0, 10)) {
      console.log(`  ${line.slice(0, 300)}`);
    }
  } finally {
    await nodeRed.stop();
    await simulator.stop();
    rmSync(packed, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
