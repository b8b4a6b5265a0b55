/**
 * A long run: a simulator and a real Node-RED whose flow reads one live stream three times over (chunks, frames, and
 * chunks that are acknowledged), with the memory of the Node-RED process taken every 10 s. Responses end every half
 * minute, so that connecting anew is part of it. Prints the series, its slope and what the log complained of.
 *
 * npx tsx bench/soak.ts [--minutes 10] [--every 10]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Simulator } from '../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../testing/collector';
import { REPOSITORY, startNodeRed, type FlowNode } from '../testing/node-red';
import { residentMB, slopePerHour } from './memory';

const SESSION_MS = 30_000;
const READERS = ['chunks', 'frames', 'acknowledged'];

/** Each reader has a function node behind it that counts, and a debug node that gets one line a message. */
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
    options: { minutes: { type: 'string', default: '10' }, every: { type: 'string', default: '10' } },
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
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  try {
    const { pid = 0 } = nodeRed;
    const from = nodeRed.log.length;
    const series: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      series.push(residentMB(pid));
      console.log(`${String((sample + 1) * Number(values.every)).padStart(5)} s  ${series.at(-1) ?? 0} MB`);
    }
    const settled = series.slice(Math.floor(series.length / 3));
    console.log(`RSS of the last two thirds: ${Math.min(...settled)} to ${Math.max(...settled)} MB`);
    console.log(`Slope of the last two thirds: ${slopePerHour(settled, everyMs).toFixed(1)} MB an hour`);
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
