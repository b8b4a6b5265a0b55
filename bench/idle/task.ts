/**
 * Starts of a real Node-RED that then has nothing to do, on the user directory of an earlier start.
 *
 * node --import tsx bench/idle/task.ts '{"starts":5,"settleMs":3000}'
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lockedPackages } from '../../scripts/locked-packages';
import { simulatorConfig, mediaNode } from '../../testing/collector';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { COLLECT_ON_SIGNAL, residentMB } from '../memory';
import { PACKAGE, REPOSITORY } from '../paths';
import { VARIANTS, type Idle, type IdleResult, type IdleTask, type Start, type Variant } from './result';

const IDLE_NODES: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'idle' },
  simulatorConfig('http://127.0.0.1:9'),
  mediaNode('media', 'tab', { stream: 'camera', autoStart: false, wires: [[], []] }),
];

async function measure({ starts, settleMs }: IdleTask): Promise<IdleResult> {
  const running: RunningNodeRed[] = [];
  try {
    for (const variant of VARIANTS) {
      running.push(await prepare(variant));
    }
    const measured: Start[][] = running.map(() => []);
    for (let i = 0; i < starts; i++) {
      // To and fro, so that none always comes behind the same other one.
      const order = [...running.entries()];
      for (const [variant, nodeRed] of i % 2 === 0 ? order : order.reverse()) {
        await nodeRed.end();
        const began = performance.now();
        await nodeRed.start();
        measured[variant]?.push({ wallMs: performance.now() - began, cpuMs: cpuMs(nodeRed.pid ?? 0) });
        if (i < starts - 1) {
          await nodeRed.end();
        }
      }
    }
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const idle: Partial<Record<Variant, Idle>> = {};
    for (const [i, nodeRed] of running.entries()) {
      const pid = nodeRed.pid ?? 0;
      process.kill(pid, 'SIGWINCH');
      await nodeRed.waitForLog(/^collected$/);
      idle[VARIANTS[i] ?? 'without'] = { starts: measured[i] ?? [], residentMB: residentMB(pid) };
    }
    return idle as IdleResult;
  } finally {
    await Promise.all(running.map((nodeRed) => nodeRed.stop()));
  }
}

/** A user directory in which Node-RED has been started before; it is not running. */
async function prepare(variant: Variant): Promise<RunningNodeRed> {
  const nodeRed = await startNodeRed({
    ...(variant === 'without' ? { empty: true } : { packageDir: PACKAGE }),
    settingsScript: COLLECT_ON_SIGNAL,
  });
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
  return nodeRed;
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
