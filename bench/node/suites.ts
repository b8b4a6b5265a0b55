import { linearFit, median } from '../statistics';
import { atLeast, atMost, ratios, spread, type Check, type Results, type Suite } from '../suite';
import type { Measured, Sending } from './measured';
import type { NodeTask, SmallFramesResult } from './task';

const SCRIPT = 'node/task.ts';
const EMITS = ['chunk', 'frame'] as const;
const LATENCY_STREAMS = 10;
const COUNTS = [0, 1, 10, 50];
const MOST = 50;
/** Of a camera of the media server. */
const CHUNK_MB = 0.5;

/** Frame mode on one wire, beside sends of nothing in the same process. */
export const smallFrames: Suite = {
  name: 'small-frames',

  tasks(quick) {
    const argument: NodeTask = { what: 'small-frames', repeats: quick ? 1 : 3 };
    return [{ id: 'small-frames', script: SCRIPT, argument }];
  },

  report(results) {
    const rounds = (results.get('small-frames') ?? []) as SmallFramesResult[];
    const [frames, empty] = [
      rounds.map((round) => middle(round.frames)),
      rounds.map((round) => middle(round.empty)),
    ];
    const perSecond = frames.map(({ wall }) => 1e6 / wall);
    const ratio = ratios(cpu(frames), cpu(empty));
    const [rate, cost] = [median(perSecond), median(ratio)];
    return {
      tables: [
        {
          title: 'Small frames over TLS through Node-RED, one wire',
          columns: ['', 'messages/s', 'CPU µs a message', '× empty send'],
          rows: [
            [
              '**frame mode**, from the socket to the next node',
              spread(perSecond),
              spread(cpu(frames)),
              spread(ratio),
            ],
            [
              'empty send, `node.send({})`',
              spread(empty.map(({ wall }) => 1e6 / wall)),
              spread(cpu(empty)),
              '1',
            ],
          ],
        },
      ],
      checks: [
        {
          what: `small frames: messages/s on one wire (${cost.toFixed(2)} times an empty send)`,
          measured: rate,
          target: 'at least 250000, or at most 1.5 times an empty send',
          met: rate >= 250_000 || cost <= 1.5,
        },
      ],
    };
  },
};

/** How long a message takes from the server's write of its last byte to the next node. */
export const latency: Suite = {
  name: 'latency',

  tasks(quick) {
    return EMITS.map((emit) => {
      const seconds = quick ? 3 : 20;
      const argument: NodeTask = { what: 'streams', count: LATENCY_STREAMS, emit, seconds, pinned: false };
      return { id: emit, script: SCRIPT, argument };
    });
  },

  report(results) {
    const of = (emit: string, what: 'p50' | 'p99' | 'max'): number[] =>
      measured(results, emit).map(({ latency: found }) => found?.[what] ?? NaN);
    return {
      tables: [
        {
          title: `Latency, ${LATENCY_STREAMS} streams of 2 Mbit/s over TLS, last byte written to message received, ms`,
          columns: ['', 'p50', 'p99', 'max'],
          rows: EMITS.map((emit) => [
            emit,
            spread(of(emit, 'p50')),
            spread(of(emit, 'p99')),
            spread(of(emit, 'max')),
          ]),
        },
      ],
      checks: [
        atMost('frame message, p99 of 10 streams', median(of('frame', 'p99')), 5, ' ms'),
        atMost('chunk message, p99 of 10 streams', median(of('chunk', 'p99')), 10, ' ms'),
      ],
    };
  },
};

/** Many cameras in one Node-RED on one core. */
export const streams: Suite = {
  name: 'streams',

  tasks(quick) {
    return COUNTS.map((count) => {
      const argument: NodeTask = {
        what: 'streams',
        count,
        emit: 'chunk',
        seconds: quick ? 3 : 20,
        pinned: true,
      };
      return { id: String(count), script: SCRIPT, argument };
    });
  },

  report(results) {
    const of = (count: number): Measured[] => measured(results, String(count));
    const memory = fit(results, ({ peakMB }) => peakMB);
    const load = fit(results, ({ cpuSeconds, wallSeconds }) => (100 * cpuSeconds) / wallSeconds);
    const perStream = memory.slope - CHUNK_MB;
    return {
      tables: [
        {
          title: 'Streams of 2 Mbit/s over TLS in one Node-RED on one core, chunk mode',
          columns: [
            'streams',
            'peak RSS, MB',
            'CPU, % of a core',
            'loop delay p99, ms',
            'loop delay max, ms',
          ],
          rows: COUNTS.map((count) => [
            String(count),
            spread(of(count).map(({ peakMB }) => peakMB)),
            spread(of(count).map(({ cpuSeconds, wallSeconds }) => (100 * cpuSeconds) / wallSeconds)),
            spread(of(count).map(({ loopDelay }) => loopDelay.p99)),
            spread(of(count).map(({ loopDelay }) => loopDelay.max)),
          ]),
        },
        {
          title: `Growth with the number of streams, fitted to ${COUNTS.slice(1).join(', ')}`,
          columns: ['', 'per stream', 'without any', 'R²'],
          rows: [
            ['peak RSS, MB', memory.slope.toFixed(2), memory.intercept.toFixed(0), memory.r2.toFixed(3)],
            ['CPU, % of a core', load.slope.toFixed(3), load.intercept.toFixed(1), load.r2.toFixed(3)],
          ],
        },
      ],
      checks: [
        atMost(
          `loop delay, p99 of ${MOST} streams`,
          median(of(MOST).map(({ loopDelay }) => loopDelay.p99)),
          20,
          ' ms',
        ),
        atMost(`MB a stream beyond its largest chunk of ${CHUNK_MB} MB`, perStream, 3, ' MB'),
        linear('memory', memory.r2),
        linear('CPU', load.r2),
      ],
    };
  },
};

function linear(what: string, r2: number): Check {
  return atLeast(`${what} grows linearly with the streams: R²`, r2, 0.95);
}

function measured(results: Results, id: string): Measured[] {
  return (results.get(id) ?? []) as Measured[];
}

/** Through all rounds' points: their scatter counts against the line. */
function fit(results: Results, of: (measurement: Measured) => number): ReturnType<typeof linearFit> {
  return linearFit(
    COUNTS.slice(1).flatMap((count) =>
      measured(results, String(count)).map((measurement): [number, number] => [count, of(measurement)]),
    ),
  );
}

interface Cost {
  /** µs a message. */
  readonly wall: number;
  readonly cpu: number;
}

function middle(sendings: readonly Sending[]): Cost {
  return {
    wall: median(sendings.map(({ wallSeconds, messages }) => (wallSeconds * 1e6) / messages)),
    cpu: median(sendings.map(({ cpuSeconds, messages }) => (cpuSeconds * 1e6) / messages)),
  };
}

function cpu(costs: readonly Cost[]): number[] {
  return costs.map((cost) => cost.cpu);
}
