/** A real Node-RED that reads stored media over TLS, from a simulator in this process. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, simulatorConfig } from '../../testing/collector';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { COLLECT_ON_SIGNAL } from '../memory';
import { certificate } from '../node/harness';
import { PACKAGE } from '../paths';

const MINUTE = 60_000;
/** The service's limit for a response of GetMedia. */
const GET_MEDIA_FRAGMENTS_PER_SECOND = 5;
const SETTLE_MS = 2_000;
const LONGEST_MS = 10 * MINUTE;

export interface ArchiveBench {
  readonly nodeRed: RunningNodeRed;
  /** Resident memory before anything was read, MB. */
  readonly idleMB: number;
  /** The most resident memory since then, MB beyond it. */
  readonly addedMB: () => number;
  /** CPU time so far, s. */
  readonly cpuSeconds: () => number;
  /** Presses the button `ask` with these values, and resolves with the next log line of the flow that begins so. */
  readonly ask: (values: Readonly<Record<string, string | number>>, word: string) => Promise<string>;
}

export interface ArchiveBenchOptions {
  /** What the stream `camera` has recorded, again and again. */
  readonly file: string;
  /** How long it has recorded, ms. */
  readonly recordedMs: number;
  /** Nodes beside the button `ask`, which is wired to the node `first`. */
  readonly nodes: readonly FlowNode[];
  readonly first: string;
}

/** Logs what goes wrong: `ask` then rejects with it. */
const FAULT: FlowNode = {
  ...{ id: 'fault', type: 'function', z: 'tab', name: '', x: 300, y: 200, outputs: 0, wires: [] },
  func: "node.warn('fault ' + msg.payload.message);",
};

export async function withArchive<T>(
  { file, recordedMs, nodes, first }: ArchiveBenchOptions,
  use: (bench: ArchiveBench) => Promise<T>,
): Promise<T> {
  const tls = certificate();
  const simulator = new Simulator({
    getMediaFragmentsPerSecond: GET_MEDIA_FRAGMENTS_PER_SECOND,
    tls: { key: readFileSync(tls.key, 'utf8'), cert: readFileSync(tls.cert, 'utf8') },
  });
  simulator.addStream({ name: 'camera', source: { file }, replay: true, live: false, recordedMs });
  const { endpoint } = await simulator.start();
  const nodeRed = await startNodeRed({
    packageDir: PACKAGE,
    settingsScript: COLLECT_ON_SIGNAL,
    env: { NODE_EXTRA_CA_CERTS: tls.cert },
  });
  // Node-RED takes a node without a position for a config node.
  const place = { z: 'tab', name: '', x: 100, y: 100 };
  const flow: FlowNode[] = [
    { id: 'tab', type: 'tab', label: 'archive' },
    simulatorConfig(endpoint),
    { id: 'ask', type: 'inject', ...place, props: [], repeat: '', wires: [[first]] },
    ...nodes,
    FAULT,
  ];
  try {
    await nodeRed.deploy(flow, { config: SIMULATOR_KEYS });
    // Nothing says when Node-RED has loaded all that it loads in the background; memory at rest is measured after it.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const pid = nodeRed.pid ?? 0;
    process.kill(pid, 'SIGWINCH');
    await nodeRed.waitForLog(/^collected$/);
    const idleMB = residentMB(pid, 'VmRSS');
    forgetPeak(pid);
    return await use({
      ...{ nodeRed, idleMB },
      addedMB: () => residentMB(pid, 'VmHWM') - idleMB,
      cpuSeconds: () => cpuSeconds(pid),
      ask: async (values, word) => {
        const from = nodeRed.log.length;
        const props = Object.entries(values).map(([p, value]) => ({
          ...{ p, v: String(value), vt: typeof value === 'number' ? 'num' : 'str' },
        }));
        await nodeRed.admin('/inject/ask', { __user_inject_props__: props });
        const line = await nodeRed.waitForLog(new RegExp(`\\] (${word}|fault) `), {
          from,
          timeoutMs: LONGEST_MS,
        });
        if (line.includes('] fault ')) {
          throw new Error(line);
        }
        return line;
      },
    });
  } finally {
    await nodeRed.stop();
    await simulator.stop();
  }
}

/** Resident memory of a process, MB: what it has now, or the most since `forgetPeak`. */
function residentMB(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024;
}

function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Of a second, in which the system counts CPU time. */
const TICKS = 100;

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
