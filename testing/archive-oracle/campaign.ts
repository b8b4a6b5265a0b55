/** Reads random ranges of a recorded day while things go wrong, and compares each result with the reckoning. */
import { Simulator, type Fault, type SimulatedStream } from '../../src/simulator';
import { seededRandom } from '../../src/simulator/random';
import { LeapingClock } from '../leaping-clock';
import { judge, reckon, reckonBetween, type Range } from './reckoning';
import { RecordedDay } from './recorded-day';
import { makeScenario, type Scenario } from './scenario';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 2);
const SHORT_RETENTION_MS = HOUR / 2;
/** No reading takes longer, however much goes wrong. */
const LONGEST_READING_MS = 2 * HOUR;

/** What a reader brought of a range. */
export interface Reading {
  readonly chunks: readonly { readonly FragmentNumber: string; readonly data: Buffer }[];
  /** Numbers of fragments that the reader knows of and could not read. */
  readonly missing: readonly string[];
}

/** The reader under test. */
export type ReadRange = (
  endpoint: string,
  stream: string,
  range: Range,
  clock: LeapingClock,
) => Promise<Reading>;

export interface CampaignOptions {
  readonly seed: number;
  readonly scenarios: number;
  /** How long the camera has recorded, ms. */
  readonly recordedMs: number;
  readonly longestRangeMs: number;
}

export interface CampaignResult {
  /** One line for each reading that is not as reckoned. */
  readonly problems: readonly string[];
  readonly chunks: number;
  /** Faults that a call has met. */
  readonly faults: number;
  /** Readings by list, as far as calls tell. */
  readonly byList: number;
}

export async function runArchiveCampaign(options: CampaignOptions, read: ReadRange): Promise<CampaignResult> {
  const { seed, scenarios, recordedMs, longestRangeMs } = options;
  const random = seededRandom(seed);
  const clock = new LeapingClock(BEGIN, seed);
  const simulator = new Simulator({
    clock,
    seed,
    listDelayMs: 3000,
    mediaDelayMs: 1500,
    retentionMs: 10_000 * HOUR,
  });
  for (const event of ['chunkSent', 'connection', 'request'] as const) {
    simulator.on(event, () => {
      clock.alive();
    });
  }
  const { endpoint } = await simulator.start();
  const day = simulator.addStream({ name: 'day', source: 'none' });
  const short = simulator.addStream({ name: 'short', source: 'none', retentionMs: SHORT_RETENTION_MS });
  const cameras = [
    new RecordedDay(day, clock, random, recordedMs),
    new RecordedDay(short, clock, random, 2 * SHORT_RETENTION_MS),
  ] as const;
  for (const camera of cameras) {
    camera.goOn();
  }
  const result = { problems: [] as string[], chunks: 0, faults: 0, byList: 0 };
  try {
    for (let index = 0; index < scenarios; index++) {
      const site = {
        now: clock.now(),
        day: cameras[0],
        shortRetentionMs: SHORT_RETENTION_MS,
        longestMs: longestRangeMs,
      };
      const scenario = makeScenario(random, site);
      const stream = scenario.stream === 'day' ? day : short;
      const listed = simulator.stats.requests.at(-1);
      const { problem, chunks, faults } = await play(scenario, { simulator, stream, endpoint, clock, read });
      result.chunks += chunks;
      result.faults += faults;
      const since = simulator.stats.requests.slice(
        listed === undefined ? 0 : simulator.stats.requests.indexOf(listed),
      );
      result.byList += since.some(({ operation }) => operation === 'GetMediaForFragmentList') ? 1 : 0;
      if (problem !== undefined) {
        result.problems.push(`scenario ${index} ${JSON.stringify(scenario)}: ${problem}`);
      }
    }
    return result;
  } finally {
    for (const camera of cameras) {
      camera.stop();
    }
    await simulator.stop();
  }
}

interface Stage {
  readonly simulator: Simulator;
  readonly stream: SimulatedStream;
  readonly endpoint: string;
  readonly clock: LeapingClock;
  readonly read: ReadRange;
}

async function play(
  { range, faults }: Scenario,
  { simulator, stream, endpoint, clock, read }: Stage,
): Promise<{ problem: string | undefined; chunks: number; faults: number }> {
  const before = reckon(stream.stored(), range);
  for (const fault of faults) {
    simulator.faults.add(fault);
  }
  let outcome: { readonly reading: Reading } | { readonly error: unknown } | undefined;
  read(endpoint, stream.name, range, clock).then(
    (reading) => {
      outcome = { reading };
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  const isOver = () => outcome !== undefined;
  try {
    await clock.runUntil(isOver, LONGEST_READING_MS);
  } catch (error) {
    outcome ??= { error };
  }
  const met = faults.reduce((sum, { times }) => sum + Number(times), 0) - left(simulator, faults);
  simulator.faults.clear();
  if (outcome === undefined || 'error' in outcome) {
    const why = outcome?.error;
    return {
      problem: `it failed: ${why instanceof Error ? why.message : String(why)}`,
      chunks: 0,
      faults: met,
    };
  }
  const { chunks, missing } = outcome.reading;
  const expected = reckonBetween(before, reckon(stream.stored(), range), range);
  const numbers = chunks.map(({ FragmentNumber }) => FragmentNumber);
  const fragments = new Map(expected.map((each) => [each.FragmentNumber, each]));
  const lost = missing.find((number) => fragments.get(number)?.isCertain === true);
  const changed = chunks.find(({ FragmentNumber, data }) => {
    const fragment = fragments.get(FragmentNumber)?.fragment;
    const stored = fragment && Buffer.concat([fragment.front, fragment.body]);
    return stored !== undefined && !data.subarray(0, stored.length).equals(stored);
  });
  const problem =
    judge(expected, numbers) ??
    (lost === undefined ? undefined : `${lost} is told to be missing`) ??
    (changed === undefined ? undefined : `${changed.FragmentNumber} has other bytes than what is stored`);
  return { problem, chunks: chunks.length, faults: met };
}

/** How often the faults would still have affected a call. */
function left(simulator: Simulator, faults: readonly Fault[]): number {
  const own = new Set(faults);
  return simulator.faults
    .list()
    .reduce((sum, active) => sum + (own.has(active.fault) ? (active.left ?? 0) : 0), 0);
}
