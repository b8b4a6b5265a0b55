/**
 * One start of a real Node-RED that then has nothing to do, on the user directory of an earlier start.
 *
 * node --import tsx bench/idle/task.ts '{"variant":"installed","settleMs":5000}'
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lockedPackages } from '../../scripts/locked-packages';
import { simulatorConfig, mediaNode } from '../../test/support/collector';
import { startNodeRed, type FlowNode } from '../../test/support/node-red';
import { residentMB } from '../memory';
import { PACKAGE, REPOSITORY } from '../paths';

/** Node-RED alone; with the package but none of its nodes in a flow; with one of each that does nothing. */
export type Variant = 'without' | 'installed' | 'nodes';

export interface IdleTask {
  readonly variant: Variant;
  readonly settleMs: number;
}

export interface IdleResult {
  /** From the start of the process to the start of the flows. */
  readonly startMs: number;
  /** That the process has used until it has settled: what other processes do shows less in it. */
  readonly cpuMs: number;
  readonly residentMB: number;
}

const IDLE_NODES: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'idle' },
  simulatorConfig('http://127.0.0.1:9'),
  mediaNode('media', 'tab', { stream: 'camera', autoStart: false, wires: [[], []] }),
];

const COLLECT_ON_SIGNAL = `
require('node:v8').setFlagsFromString('--expose-gc');
const collect = require('node:vm').runInNewContext('gc');
process.on('SIGWINCH', () => {
  collect();
  collect();
  console.log('collected');
});`;

async function measure({ variant, settleMs }: IdleTask): Promise<IdleResult> {
  const nodeRed = await startNodeRed({
    ...(variant === 'without' ? { empty: true } : { packageDir: PACKAGE }),
    settingsScript: COLLECT_ON_SIGNAL,
  });
  try {
    if (variant !== 'without') {
      linkDependencies(join(nodeRed.userDir, 'node_modules'));
    }
    await nodeRed.deploy(variant === 'nodes' ? IDLE_NODES : []);
    const sets = (await nodeRed.admin('/nodes')) as { types: string[] }[];
    const found = sets.some(({ types }) => types.includes('kvs-get-media'));
    if (found === (variant === 'without')) {
      throw new Error('Node-RED has loaded something else than was meant.');
    }
    await nodeRed.end();
    const began = performance.now();
    await nodeRed.start();
    const startMs = performance.now() - began;
    const pid = nodeRed.pid ?? 0;
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const usedMs = cpuMs(pid);
    process.kill(pid, 'SIGWINCH');
    await nodeRed.waitForLog(/^collected$/);
    return { startMs, cpuMs: usedMs, residentMB: residentMB(pid) };
  } finally {
    await nodeRed.stop();
  }
}

/** As npm would have put them there: Node-RED looks at every package of its user directory when it starts. */
function linkDependencies(modules: string): void {
  for (const { path } of lockedPackages()) {
    const place = join(modules, '..', path);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(REPOSITORY, path), place, 'dir');
  }
}

/** What all threads of a process have run so far, to the nanosecond; NaN where there is no /proc. */
function cpuMs(pid: number): number {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) {
    return NaN;
  }
  const ran = (thread: string): number =>
    Number(readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return readdirSync(threads).reduce((sum, thread) => sum + ran(thread), 0) / 1e6;
}

measure(JSON.parse(process.argv[2] ?? '{}') as IdleTask).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
