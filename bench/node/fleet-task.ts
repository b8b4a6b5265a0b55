/**
 * One measurement of a kvs-fleet in a Node-RED process of its own, which finds its streams by ListStreams.
 *
 * node build/bench/node-fleet-task.js '{"cameras":200,"silent":0,"seconds":10}'
 */
import { setTimeout as wait } from 'node:timers/promises';
import { PACKAGE } from '../paths';
import { untilAllAreRead } from './connected';
import { mediaFlow, startRig, type Rig } from './harness';
import type { Measured, Profiled } from './measured';

export interface FleetTask {
  readonly cameras: number;
  /** Streams without media. */
  readonly silent: number;
  /** Measured one by one, so that those that other work disturbs can be left out. */
  readonly seconds: number;
  /** Where it is more than 0, so long is sampled after that. */
  readonly profileSeconds?: number;
}

/** In % of a core. */
export interface OwnPart {
  /** What reading many streams takes beyond reading each of them. */
  readonly fleet: number;
  /** All code of the package, without what the engine and OpenSSL do for it. */
  readonly whole: number;
}

export interface FleetMeasured {
  /** Of each second. */
  readonly seconds: readonly Measured[];
  readonly own?: OwnPart;
}

/** Until V8 has compiled what runs all the time: its own threads share the core. */
const SETTLE_MS = 20_000;
/** Of streams without media so many responses end in a minute as there are such streams: as after a quarter of an hour. */
const SILENT_WITHIN_MS = 60_000;
/** Longer than that, or the fleet would take them for dead connections, and call three times as often. */
const STALL_SECONDS = 120;
const FLEET = ['nodes/kvs-fleet', 'src/streams', 'src/discovery'];

async function measure(
  rig: Rig,
  { cameras, silent, seconds, profileSeconds = 0 }: FleetTask,
): Promise<FleetMeasured> {
  await rig.deploy(
    mediaFlow(rig.endpoint, 'chunk-latency', [
      { type: 'kvs-fleet', selectBy: 'prefix', stallTimeoutSeconds: STALL_SECONDS },
    ]),
  );
  await untilAllAreRead(rig, cameras, silent);
  await wait(SETTLE_MS);
  const measured: Measured[] = [];
  for (let second = 0; second < seconds; second++) {
    await rig.sender();
    await rig.ask('begin');
    await wait(1_000);
    measured.push({ ...((await rig.ask('end')) as Measured), sender: await rig.sender() });
  }
  if (profileSeconds === 0) {
    return { seconds: measured };
  }
  const profiled = (await rig.ask('profile', { seconds: profileSeconds })) as Profiled;
  return { seconds: measured, own: ownPart(profiled) };
}

function ownPart({ seconds, msByPlace }: Profiled): OwnPart {
  const percentOf = (folders: readonly string[]): number => {
    const spent = Object.entries(msByPlace)
      .filter(([place]) => folders.some((folder) => place.includes(`${PACKAGE}/dist/${folder}`)))
      .reduce((sum, [, ms]) => sum + ms, 0);
    return spent / (10 * seconds);
  };
  return { fleet: percentOf(FLEET), whole: percentOf(['']) };
}

async function run(task: FleetTask): Promise<void> {
  const { cameras, silent } = task;
  const rig = await startRig({
    pinned: true,
    server: { cameras, silent, idleEndWithinMs: SILENT_WITHIN_MS },
  });
  try {
    console.log(JSON.stringify(await measure(rig, task)));
  } finally {
    await rig.stop();
  }
}

run(JSON.parse(process.argv[2] ?? '{}') as FleetTask).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
