/** The suite `fleet`: CPU time, memory, loop delay and latency of up to 200 cameras in one kvs-fleet. */
import { linearFit, median, quantile } from '../statistics';
import { atMost, short, spread, type Results, type Suite } from '../suite';
import type { Measured } from './measured';
import { wasBehind } from './streams';
import type { NodeTask } from './task';

const COUNTS = [1, 50, 200];
const MOST = 200;
const TARGET_DELAY_MS = 20;
const TARGET_LATENCY_MS = 40;

export const fleet: Suite = {
  name: 'fleet',

  tasks(quick) {
    return COUNTS.map((count) => {
      const argument: NodeTask = {
        ...{ what: 'streams', count, emit: 'chunk', seconds: quick ? 3 : 10, fleet: true },
      };
      return { id: String(count), script: 'node/task.ts', argument, complaint: wasBehind };
    });
  },

  report(results) {
    const fits = [cpuPercent, peak].map((value) =>
      linearFit(
        COUNTS.flatMap((count) => of(results, count).map((measured) => [count, value(measured)] as const)),
      ),
    );
    const delay = median(of(results, MOST).map(({ loopDelay }) => loopDelay.p99));
    const latency = median(of(results, MOST).map(({ latencies }) => quantile(latencies, 0.99)));
    return {
      tables: [
        {
          title: 'Streams of 2 Mbit/s over TLS in one kvs-fleet on one core, chunk mode',
          columns: [
            ...['streams', 'CPU, % of a core', 'peak RSS, MB', 'loop delay p99, ms', 'loop delay max, ms'],
            ...['latency p50, ms', 'latency p99, ms', 'latency max, ms'],
          ],
          rows: COUNTS.map((count) => [
            String(count),
            spread(of(results, count).map(cpuPercent)),
            spread(of(results, count).map(peak)),
            spread(of(results, count).map(({ loopDelay }) => loopDelay.p99)),
            spread(of(results, count).map(({ loopDelay }) => loopDelay.max)),
            ...[0.5, 0.99, 1].map((part) =>
              spread(of(results, count).map(({ latencies }) => quantile(latencies, part))),
            ),
          ]),
        },
        {
          title: `Growth with the number of streams, a line through all rounds of ${COUNTS.join(', ')}`,
          columns: ['', 'a stream', 'without any', 'R²'],
          rows: fits.map(({ slope, intercept, r2 }, index) => [
            index === 0 ? 'CPU, % of a core' : 'peak RSS, MB',
            slope.toFixed(3),
            intercept.toFixed(1),
            r2.toFixed(3),
          ]),
        },
      ],
      checks: [
        atMost(`loop delay of ${MOST} streams, p99`, delay, TARGET_DELAY_MS, ' ms'),
        atMost(`chunk latency of ${MOST} streams, p99`, latency, TARGET_LATENCY_MS, ' ms'),
      ],
      highlights: [
        {
          what: `${MOST} streams of 2 Mbit/s in one kvs-fleet on one core`,
          measured: `${short(median(of(results, MOST).map(cpuPercent)), 2)} % CPU, ${short(median(of(results, MOST).map(peak)), 3)} MB`,
          beside: `loop delay p99 ${short(delay, 2)} ms, chunk latency p99 ${short(latency, 2)} ms`,
        },
      ],
    };
  },
};

function of(results: Results, count: number): readonly Measured[] {
  return (results.get(String(count)) ?? []) as readonly Measured[];
}

function cpuPercent({ cpuSeconds, wallSeconds }: Measured): number {
  return (100 * cpuSeconds) / wallSeconds;
}

function peak({ peakMB }: Measured): number {
  return peakMB;
}
