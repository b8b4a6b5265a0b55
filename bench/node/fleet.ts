/** The suite `fleet`: CPU time, memory, loop delay and latency of up to 400 cameras in one kvs-fleet. */
import { linearFit, median, quantile } from '../statistics';
import { atMost, short, spread, type Check, type Results, type Suite, type Table } from '../suite';
import type { FleetMeasured, FleetTask } from './fleet-task';
import type { Measured } from './measured';

/** Streams of one fleet: those with media, and those without. */
interface Setting {
  readonly cameras: number;
  readonly silent: number;
}

const COUNTS = [1, 50, 200, 400];
const MOST: Setting = { cameras: 200, silent: 0 };
/** As many as one page of ListStreams has. */
const FOUND: Setting = { cameras: 200, silent: 800 };
const SETTINGS: readonly Setting[] = [...COUNTS.map((cameras) => ({ cameras, silent: 0 })), FOUND];
const PROFILE_SECONDS = 5;
const TARGET_DELAY_MS = 20;
const TARGET_LATENCY_MS = 40;
const TARGET_OWN_PERCENT = 2;
/**
 * A second is disturbed in which the main thread has waited longer for its core, ms, or more of the frames were late.
 * Node-RED's own threads share the core, so that some waiting is its own.
 */
const MOST_WAITED_MS = 120;
const MOST_LATE = 0.02;

export const fleet: Suite = {
  name: 'fleet',
  rounds: 3,

  tasks(quick) {
    return SETTINGS.map((setting) => {
      const argument: FleetTask = {
        ...{ ...setting, seconds: quick ? 3 : 10 },
        ...(idOf(setting) === idOf(MOST) ? { profileSeconds: PROFILE_SECONDS } : {}),
      };
      // Beyond its limit a core always keeps somebody waiting: what the limits of time hold for is to be undisturbed.
      const complaint = setting.cameras === MOST.cameras ? tooDisturbed : undefined;
      return {
        id: idOf(setting),
        script: 'node/fleet-task.ts',
        argument,
        ...(complaint !== undefined && { complaint }),
      };
    });
  },

  report(results) {
    const most = undisturbed(results, MOST);
    const own = of(results, MOST).flatMap((round) => round.own ?? []);
    const [delay, latency] = [median(most.map(delayP99)), latencyOf(most, 0.99)];
    const rounds = of(results, MOST);
    return {
      tables: [measurements(results), delays(results), growth(results), senders(results), ownParts(own)],
      checks: [
        ...[MOST, FOUND].flatMap((setting) => checksOf(results, setting)),
        atMost(
          `CPU of kvs-fleet beyond the reading of ${MOST.cameras} streams`,
          median(own.map((part) => part.fleet)),
          ...([TARGET_OWN_PERCENT, ' %'] as const),
        ),
      ],
      highlights: [
        {
          what: `${MOST.cameras} streams of 2 Mbit/s in one kvs-fleet on one core`,
          measured: `${short(median(rounds.map(cpuPercent)), 2)} % CPU, ${short(median(rounds.map(peak)), 3)} MB`,
          beside: `loop delay p99 ${short(delay, 2)} ms, chunk latency p99 ${short(latency, 2)} ms`,
        },
      ],
    };
  },
};

function measurements(results: Results): Table {
  return {
    title: 'Streams of 2 Mbit/s over TLS in one kvs-fleet on one core, chunk mode',
    columns: ['streams', 'CPU, % of a core', 'peak RSS, MB', 'longest stop for garbage, ms', 'messages'],
    rows: SETTINGS.map((setting) => {
      const rounds = of(results, setting);
      return [
        nameOf(setting),
        ...[cpuPercent, peak, longestCollection].map((value) => spread(rounds.map(value))),
        String(secondsOf(rounds).reduce((sum, { latencies }) => sum + latencies.length, 0)),
      ];
    }),
  };
}

/** All seconds, and under them those that nothing has disturbed. */
function delays(results: Results): Table {
  return {
    title: 'Loop delay, median of the seconds, and latency of chunks, ms',
    columns: [
      ...['streams', 'seconds', 'waited for the core, %', 'loop delay p99', 'loop delay max'],
      ...['latency p50', 'latency p99', 'latency max'],
    ],
    rows: SETTINGS.flatMap((setting) => {
      const all = secondsOf(of(results, setting));
      const rowOf = (name: string, seconds: readonly Measured[]): string[] => [
        ...[name, String(seconds.length)],
        spread(seconds.map(({ waitedMs, wallSeconds }) => waitedMs / (10 * wallSeconds))),
        ...[spread(seconds.map(delayP99)), short(Math.max(...seconds.map(({ loopDelay }) => loopDelay.max)))],
        ...[0.5, 0.99, 1].map((part) => short(latencyOf(seconds, part))),
      ];
      return [rowOf(nameOf(setting), all), rowOf('undisturbed', undisturbed(results, setting))];
    }),
  };
}

/** A line through all rounds without silent streams. */
function growth(results: Results): Table {
  const fits = [cpuPercent, peak].map((value) =>
    linearFit(
      COUNTS.flatMap((cameras) =>
        of(results, { cameras, silent: 0 }).map((round) => [cameras, value(round)] as const),
      ),
    ),
  );
  return {
    title: `Growth with the number of streams, a line through all rounds of ${COUNTS.join(', ')}`,
    columns: ['', 'a stream', 'without any', 'R²'],
    rows: fits.map(({ slope, intercept, r2 }, index) => [
      index === 0 ? 'CPU, % of a core' : 'peak RSS, MB',
      slope.toFixed(3),
      intercept.toFixed(1),
      r2.toFixed(3),
    ]),
  };
}

function senders(results: Results): Table {
  return {
    title: 'The sender on the other core',
    columns: ['streams', 'CPU, % of a core', 'frames late, %'],
    rows: SETTINGS.map((setting) => {
      const all = secondsOf(of(results, setting)).flatMap(({ sender }) => sender ?? []);
      return [
        nameOf(setting),
        spread(all.map(({ cpuSeconds, wallSeconds }) => (100 * cpuSeconds) / wallSeconds)),
        spread(all.map(({ frames, late }) => (100 * late) / frames)),
      ];
    }),
  };
}

function ownParts(parts: readonly NonNullable<FleetMeasured['own']>[]): Table {
  return {
    title: `Time of the main thread in the package's JavaScript, ${MOST.cameras} streams`,
    columns: ['', '% of a core'],
    rows: [
      ['kvs-fleet beyond the reading of each stream', spread(parts.map((part) => part.fleet))],
      ['the whole package', spread(parts.map((part) => part.whole))],
    ],
  };
}

function checksOf(results: Results, setting: Setting): Check[] {
  const seconds = undisturbed(results, setting);
  const name = nameOf(setting);
  return [
    atMost(`loop delay of ${name}, p99`, median(seconds.map(delayP99)), TARGET_DELAY_MS, ' ms'),
    atMost(`chunk latency of ${name}, p99`, latencyOf(seconds, 0.99), TARGET_LATENCY_MS, ' ms'),
  ];
}

function idOf({ cameras, silent }: Setting): string {
  return silent === 0 ? String(cameras) : `${cameras} of ${cameras + silent}`;
}

function nameOf(setting: Setting): string {
  return setting.silent === 0 ? String(setting.cameras) : `${idOf(setting)} found`;
}

function of(results: Results, setting: Setting): readonly FleetMeasured[] {
  return (results.get(idOf(setting)) ?? []) as readonly FleetMeasured[];
}

function secondsOf(rounds: readonly FleetMeasured[]): readonly Measured[] {
  return rounds.flatMap(({ seconds }) => seconds);
}

function undisturbed(results: Results, setting: Setting): readonly Measured[] {
  return secondsOf(of(results, setting)).filter((second) => !isDisturbed(second));
}

function isDisturbed({ waitedMs, sender }: Measured): boolean {
  const { frames = 0, late = 0, silent = 0 } = sender ?? {};
  // Where it answers calls for silent streams, the sender makes its frames late itself, and so their latency greater.
  return waitedMs > MOST_WAITED_MS || (silent === 0 && late > frames * MOST_LATE);
}

function tooDisturbed(result: unknown): string | undefined {
  const { seconds } = result as FleetMeasured;
  const count = seconds.filter(isDisturbed).length;
  return count > seconds.length / 2 ? `${count} of ${seconds.length} seconds were disturbed` : undefined;
}

function cpuPercent({ seconds }: FleetMeasured): number {
  const sum = (of: (second: Measured) => number): number =>
    seconds.reduce((total, second) => total + of(second), 0);
  return (100 * sum(({ cpuSeconds }) => cpuSeconds)) / sum(({ wallSeconds }) => wallSeconds);
}

function peak({ seconds }: FleetMeasured): number {
  return Math.max(...seconds.map(({ peakMB }) => peakMB));
}

function longestCollection({ seconds }: FleetMeasured): number {
  return Math.max(...seconds.map(({ longestCollectionMs }) => longestCollectionMs));
}

function delayP99({ loopDelay }: Measured): number {
  return loopDelay.p99;
}

function latencyOf(seconds: readonly Measured[], part: number): number {
  return quantile(
    seconds.flatMap(({ latencies }) => latencies),
    part,
  );
}
