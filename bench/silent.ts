/**
 * A long run of a kvs-fleet whose streams have no media, in a real Node-RED: what they cost when each is asked once a
 * minute, and whether memory grows. With `--speed 4` the clock of Node-RED runs four times as fast, so that two hours
 * take half an hour: the number of calls is that of two hours. Prints a line for each interval, and at the end the CPU
 * time of a call, what that is at a call a minute for each stream, the memory of a stream, and the slope.
 *
 * npx tsx bench/silent.ts [--streams 1000] [--minutes 135] [--speed 4] [--every 5]
 *
 * Minutes are those of Node-RED's clock.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bundle } from './bundle';
import { slopePerHour } from './memory';
import { untilAllAreRead } from './node/connected';
import { mediaFlow, startRig, type Rig } from './node/harness';
import type { InUse, Sender } from './node/measured';
import { BUILD, stagePackage } from './paths';

/** Until each stream is asked once a minute, and calls before that are over. */
const SETTLING_MINUTES = 20;
const SERVICE_IDLE_END_MS = 3_000;

/**
 * Loaded before Node-RED: dates, durations and timers of JavaScript run faster, those of sockets do not. Not in the first
 * minutes, when all streams are connected, and then asked six times as often as later on.
 */
const FAST_CLOCK = `
const fast = Number(process.env.BENCH_SPEED);
const slowMs = Number(process.env.BENCH_SLOW_MS);
const { promisify } = require('node:util');
const [now, passed] = [Date.now, performance.now.bind(performance)];
const began = now() - passed();
const faster = (ms) => Math.min(ms, slowMs) + Math.max(0, ms - slowMs) * fast;
performance.now = () => faster(passed());
Date.now = () => Math.round(began + performance.now());
for (const name of ['setTimeout', 'setInterval']) {
  const set = globalThis[name];
  const real = (ms) => (passed() < slowMs ? ms : ms / fast);
  globalThis[name] = (callback, ms, ...rest) => set(callback, real(ms), ...rest);
  globalThis[name][promisify.custom] = (ms, value) => new Promise((resolve) => set(resolve, real(ms), value));
}
`;
const SLOW_MS = 5 * 60_000;

interface Sample extends InUse {
  readonly sender: Sender;
  /** CPU time within the interval, without garbage collection. */
  readonly cpuSeconds: number;
}

async function fleetOf(rig: Rig, prefix: string): Promise<void> {
  await rig.deploy(
    mediaFlow(rig.endpoint, 'messages', [{ type: 'kvs-fleet', selectBy: 'prefix', streams: prefix }]),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '1000' },
      minutes: { type: 'string', default: '135' },
      speed: { type: 'string', default: '4' },
      every: { type: 'string', default: '5' },
    },
  });
  const [silent, minutes, speed, every] = [values.streams, values.minutes, values.speed, values.every].map(
    Number,
  ) as [number, number, number, number];
  const everyMs = every * 60_000;
  mkdirSync(BUILD, { recursive: true });
  stagePackage();
  ['node/media-server.ts', 'node/probe-node.ts'].forEach(bundle);
  const clock = join(BUILD, 'fast-clock.js');
  writeFileSync(clock, FAST_CLOCK);
  const rig = await startRig({
    server: { silent, idleEndMs: SERVICE_IDLE_END_MS / speed },
    env: { BENCH_SPEED: String(speed), BENCH_SLOW_MS: String(SLOW_MS), NODE_OPTIONS: `--require ${clock}` },
  });
  try {
    await fleetOf(rig, 'none');
    await wait(5_000);
    const empty = (await rig.ask('collect')) as InUse;
    await fleetOf(rig, 'silent');
    await untilAllAreRead(rig, 0, silent);
    const samples: Sample[] = [];
    let last = (await rig.ask('collect')) as InUse;
    await rig.sender();
    console.log('minute  in use (heap + Buffers)  RSS  CPU of Node-RED  calls  CPU of the sender');
    for (let minute = every; minute <= minutes; minute += every) {
      await wait(minute * 60_000 <= SLOW_MS ? everyMs : everyMs / speed);
      const sender = await rig.sender();
      const next = (await rig.ask('collect')) as InUse;
      const cpuSeconds = next.cpuSecondsBefore - last.cpuSecondsAfter;
      samples.push({ ...next, sender, cpuSeconds });
      last = next;
      console.log(
        [
          String(minute).padStart(6),
          `${inUse(next).toFixed(1)} MB (${next.heapMB.toFixed(1)} + ${next.externalMB.toFixed(1)})`,
          `${next.residentMB.toFixed(0)} MB  ${cpuSeconds.toFixed(2)} s  ${sender.polls}`,
          `${sender.cpuSeconds.toFixed(2)} s`,
        ].join('  '),
      );
    }
    report(samples.slice(Math.floor(SETTLING_MINUTES / every)), empty, { silent, everyMs });
  } finally {
    await rig.stop();
  }
}

function inUse({ heapMB, externalMB }: InUse): number {
  return heapMB + externalMB;
}

function report(
  settled: readonly Sample[],
  empty: InUse,
  { silent, everyMs }: { readonly silent: number; readonly everyMs: number },
): void {
  const sum = (of: (sample: Sample) => number): number =>
    settled.reduce((total, sample) => total + of(sample), 0);
  const calls = sum(({ sender }) => sender.polls);
  const msPerCall = (1_000 * sum(({ cpuSeconds }) => cpuSeconds)) / calls;
  const callsPerStream = calls / silent / ((settled.length * everyMs) / 60_000);
  const last = settled.at(-1) ?? empty;
  const kilobytes = (of: (memory: InUse) => number): string =>
    ((1_000 * (of(last) - of(empty))) / silent).toFixed(0);
  const slope = (of: (memory: InUse) => number): string =>
    `${slopePerHour(settled.map(of), everyMs).toFixed(2)} MB an hour`;
  console.log(`After the first ${SETTLING_MINUTES} minutes:`);
  console.log(`${calls} calls, ${callsPerStream.toFixed(2)} a minute for each stream`);
  console.log(
    `${msPerCall.toFixed(2)} ms of CPU a call, Node-RED included: ${((msPerCall * silent) / 600).toFixed(1)} % of a core at a call a minute for each of ${silent}`,
  );
  console.log(
    `A stream has ${kilobytes(inUse)} kB in use, ${kilobytes(({ residentMB }) => residentMB)} kB of RSS`,
  );
  console.log(`In use: ${slope(inUse)}; RSS: ${slope(({ residentMB }) => residentMB)}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
