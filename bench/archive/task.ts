/**
 * One measurement of a real Node-RED that reads stored media, from a simulator in this process, over TLS.
 *
 * node --import tsx bench/archive/task.ts '{"what":"reading","minutes":20}'
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { COLLECT_ON_SIGNAL } from '../memory';
import { certificate } from '../node/harness';
import { PACKAGE } from '../paths';
import { inputFile } from '../reader/input-file';
import type { ArchiveResult, ArchiveTask } from './measurement';

const MINUTE = 60_000;
/** The service's limit for a response of GetMedia. */
const GET_MEDIA_FRAGMENTS_PER_SECOND = 5;
const SETTLE_MS = 2_000;
const LONGEST_MS = 10 * MINUTE;

/** Counts what comes, throws it away, and says when it was the last. */
const COUNT = `
const seen = context.get('seen') || { fragments: 0, bytes: 0 };
if (Array.isArray(msg.payload)) {
  seen.fragments = msg.payload.length;
} else if (!msg.complete) {
  seen.fragments += 1;
  seen.bytes += msg.payload.length;
}
context.set('seen', seen);
if (msg.complete || Array.isArray(msg.payload) || msg.kvs.last) {
  node.warn('read ' + seen.fragments + ' ' + seen.bytes);
}`;

/** From `from` until before `to`, ms since the epoch. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function flow(endpoint: string, reading: FlowNode): FlowNode[] {
  // Node-RED takes a node without a position for a config node.
  const place = { z: 'tab', name: '', x: 300, y: 100 };
  return [
    { id: 'tab', type: 'tab', label: 'archive' },
    simulatorConfig(endpoint),
    { ...reading, wires: [['count'], ['fault']] },
    { id: 'ask', type: 'inject', ...place, props: [], repeat: '', wires: [[reading.id]] },
    { id: 'count', type: 'function', ...place, func: COUNT, outputs: 0, wires: [] },
    {
      ...{ id: 'fault', type: 'function', ...place, outputs: 0, wires: [] },
      func: "node.warn('fault ' + msg.payload.message);",
    },
  ];
}

function readerOf({ what, media }: ArchiveTask, { from, to }: Range): FlowNode {
  if (media === 'get-media') {
    return mediaNode('reader', 'tab', {
      ...{ stream: 'camera', autoStart: false, resume: false, startSelectorType: 'PRODUCER_TIMESTAMP' },
      ...{ startValue: new Date(from).toISOString() },
      ...{ untilType: 'at', untilValue: new Date(to).toISOString() },
    });
  }
  return {
    ...{ id: 'reader', type: 'kvs-archive', z: 'tab', name: '', x: 100, y: 100, version: 1 },
    ...{ config: 'config', stream: 'camera', output: what === 'listing' ? 'fragments' : 'chunks' },
  };
}

async function read(
  nodeRed: RunningNodeRed,
  values: Readonly<Record<string, string | number>>,
): Promise<Pick<ArchiveResult, 'fragments' | 'megabytes' | 'ms'>> {
  const from = nodeRed.log.length;
  const began = performance.now();
  const props = Object.entries(values).map(([p, value]) => ({
    ...{ p, v: String(value), vt: typeof value === 'number' ? 'num' : 'str' },
  }));
  await nodeRed.admin('/inject/ask', { __user_inject_props__: props });
  const line = await nodeRed.waitForLog(/\] (read|fault) /, { from, timeoutMs: LONGEST_MS });
  const [, fragments, bytes] = /\] read (\d+) (\d+)/.exec(line) ?? [];
  if (fragments === undefined) {
    throw new Error(line);
  }
  const ms = performance.now() - began;
  return { fragments: Number(fragments), megabytes: Number(bytes) / 1e6, ms };
}

/** Resident memory of a process, MB: what it has now, or the most since `forgetPeak`. */
function residentMB(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024;
}

function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

async function measure(task: ArchiveTask): Promise<ArchiveResult> {
  const tls = certificate();
  const simulator = new Simulator({
    getMediaFragmentsPerSecond: GET_MEDIA_FRAGMENTS_PER_SECOND,
    tls: { key: readFileSync(tls.key, 'utf8'), cert: readFileSync(tls.cert, 'utf8') },
  });
  simulator.addStream({
    ...{ name: 'camera', source: { file: inputFile('video') }, replay: true, live: false },
    recordedMs: (task.minutes + 120) * MINUTE,
  });
  const { endpoint } = await simulator.start();
  const to = Date.now() - 60 * MINUTE;
  const range: Range = { from: to - task.minutes * MINUTE, to };
  const nodeRed = await startNodeRed({
    packageDir: PACKAGE,
    settingsScript: COLLECT_ON_SIGNAL,
    env: { NODE_EXTRA_CA_CERTS: tls.cert },
  });
  try {
    await nodeRed.deploy(flow(endpoint, readerOf(task, range)), { config: SIMULATOR_KEYS });
    // Nothing says when Node-RED has loaded all that it loads in the background; memory at rest is measured after it.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const pid = nodeRed.pid ?? 0;
    process.kill(pid, 'SIGWINCH');
    await nodeRed.waitForLog(/^collected$/);
    const idleMB = residentMB(pid, 'VmRSS');
    forgetPeak(pid);
    const taken = await read(nodeRed, task.media === 'get-media' ? { action: 'start' } : { ...range });
    return { ...taken, idleMB, addedMB: residentMB(pid, 'VmHWM') - idleMB };
  } finally {
    await nodeRed.stop();
    await simulator.stop();
  }
}

measure(JSON.parse(process.argv[2] ?? '{}') as ArchiveTask).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
