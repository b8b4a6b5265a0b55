/** The suite `streams`: CPU time and latency with up to 50 cameras in one Node-RED. */
import { linearFit, median, quantile, type LinearFit } from '../statistics';
import {
  atLeast,
  atMost,
  short,
  spread,
  type Check,
  type Highlight,
  type Results,
  type Suite,
} from '../suite';
import type { Measured } from './measured';
import type { NodeTask } from './task';

/** Streams at once, and as what. */
interface Setting {
  readonly count: number;
  readonly emit: 'chunk' | 'frame';
}

const COUNTS = [1, 10, 50];
const MOST = 50;
const LATENCY_STREAMS = 10;
const SETTINGS: readonly Setting[] = [
  ...COUNTS.map((count) => ({ count, emit: 'chunk' }) as const),
  { count: LATENCY_STREAMS, emit: 'frame' },
];
const EMITS = ['frame', 'chunk'] as const;
const TARGET_LATENCY_MS = { frame: 5, chunk: 10 } as const;
/** So large a part of the frames may be written late: less than the latencies that are reported. */
const MOST_LATE = 0.005;
/** Of a camera of the media server. */
const CHUNK_MB = 0.5;

/** Many cameras in one Node-RED on one core: what they cost, and how late their messages are. */
export const streams: Suite = {
  name: 'streams',

  tasks(quick) {
    return SETTINGS.map((setting) => {
      const argument: NodeTask = { what: 'streams', ...setting, seconds: quick ? 3 : 8 };
      return { id: idOf(setting), script: 'node/task.ts', argument, complaint: wasBehind };
    });
  },

  report(results) {
    const memory = fit(results, ({ peakMB }) => peakMB);
    const load = fit(results, cpuPercent);
    const delay = median(of(results, { count: MOST, emit: 'chunk' }).map(({ loopDelay }) => loopDelay.p99));
    return {
      tables: [
        {
          title: 'Streams of 2 Mbit/s over TLS in one Node-RED on one core',
          columns: [
            'streams',
            'CPU, % of a core',
            'peak RSS, MB',
            'loop delay p99, ms',
            'loop delay max, ms',
          ],
          rows: SETTINGS.map((setting) => [
            `${setting.count}, ${setting.emit} mode`,
            spread(of(results, setting).map(cpuPercent)),
            spread(of(results, setting).map(({ peakMB }) => peakMB)),
            spread(of(results, setting).map(({ loopDelay }) => loopDelay.p99)),
            spread(of(results, setting).map(({ loopDelay }) => loopDelay.max)),
          ]),
        },
        {
          title: `Growth with the number of streams, a line through all rounds of ${COUNTS.join(', ')}`,
          columns: ['', 'a stream', 'without any', 'R²'],
          rows: [
            ['CPU, % of a core', load.slope.toFixed(3), load.intercept.toFixed(1), load.r2.toFixed(3)],
            ['peak RSS, MB', memory.slope.toFixed(2), memory.intercept.toFixed(0), memory.r2.toFixed(3)],
          ],
        },
        {
          title: `Latency of ${LATENCY_STREAMS} streams, last byte written to message received, ms`,
          columns: ['', 'p50', 'p99', 'max', 'messages a round'],
          rows: EMITS.map((emit) => [
            `${emit} mode`,
            ...[0.5, 0.99, 1].map((part) => spread(latencies(results, emit, part))),
            short(median(of(results, { count: LATENCY_STREAMS, emit }).map(({ count }) => count))),
          ]),
        },
      ],
      checks: [
        ...EMITS.map((emit) =>
          atMost(
            `latency of ${LATENCY_STREAMS} streams, ${emit} mode, p99`,
            median(latencies(results, emit, 0.99)),
            TARGET_LATENCY_MS[emit],
            ' ms',
          ),
        ),
        atMost(`loop delay of ${MOST} streams, p99`, delay, 20, ' ms'),
        atMost(`MB a stream beyond its largest chunk of ${CHUNK_MB} MB`, memory.slope - CHUNK_MB, 3, ' MB'),
        linear('CPU', load),
        linear('memory', memory),
      ],
      highlights: [
        ...EMITS.map((emit) => latencyHighlight(results, emit)),
        manyStreams(results, load, memory),
      ],
    };
  },
};

/** A camera that is late makes the messages late. */
export function wasBehind(result: unknown): string | undefined {
  const { sender: { frames, late } = { frames: 0, late: 0 } } = result as Measured;
  return late > frames * MOST_LATE ? `the sender wrote ${late} of ${frames} frames late` : undefined;
}

function idOf({ count, emit }: Setting): string {
  return `${count} ${emit}`;
}

function of(results: Results, setting: Setting): readonly Measured[] {
  return (results.get(idOf(setting)) ?? []) as readonly Measured[];
}

/** Of each round. */
function latencies(results: Results, emit: 'chunk' | 'frame', part: number): number[] {
  return of(results, { count: LATENCY_STREAMS, emit }).map((measured) => quantile(measured.latencies, part));
}

function cpuPercent({ cpuSeconds, wallSeconds }: Measured): number {
  return (100 * cpuSeconds) / wallSeconds;
}

/** Through all rounds' points: their scatter counts against the line. */
function fit(results: Results, value: (measured: Measured) => number): LinearFit {
  return linearFit(
    COUNTS.flatMap((count) =>
      of(results, { count, emit: 'chunk' }).map((measured) => [count, value(measured)] as const),
    ),
  );
}

function linear(what: string, { r2 }: LinearFit): Check {
  return atLeast(`${what} grows linearly with the streams: R²`, r2, 0.95);
}

function latencyHighlight(results: Results, emit: 'chunk' | 'frame'): Highlight {
  const [p50, p99] = [0.5, 0.99].map((part) => short(median(latencies(results, emit, part)), 2));
  return {
    what: `Last byte written to message received, ${LATENCY_STREAMS} streams, ${emit} mode`,
    measured: `p50 ${p50 ?? ''} ms, p99 ${p99 ?? ''} ms`,
    beside: '',
  };
}

function manyStreams(results: Results, load: LinearFit, memory: LinearFit): Highlight {
  const most = of(results, { count: MOST, emit: 'chunk' });
  const [cpu, peak, delay] = [
    cpuPercent,
    ({ peakMB }: Measured) => peakMB,
    ({ loopDelay }: Measured) => loopDelay.p99,
  ].map((value) => short(median(most.map(value)), 2));
  return {
    what: `${MOST} streams of 2 Mbit/s on one core, chunk mode`,
    measured: `${cpu ?? ''} % CPU, ${peak ?? ''} MB, event loop p99 ${delay ?? ''} ms`,
    beside: `each adds ${short(load.slope, 2)} % and ${short(memory.slope, 2)} MB (R² ${short(load.r2)}, ${short(memory.r2)})`,
  };
}
