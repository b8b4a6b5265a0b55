/** The suite `path`: CPU time per gigabyte from a TLS socket to a message. */
import type { MediaTransport } from '../../src/kinesis-video';
import { median } from '../statistics';
import { atMost, ratios, short, spread, type Measurement, type Results, type Suite } from '../suite';
import type { Spent } from './measured';
import { hasCurl } from './curl';
import type { NodeTask, PathReader } from './task';

/** The same bytes on their way: thrown away, or sent as messages. */
interface Way {
  readonly title: string;
  readonly reader: PathReader;
  readonly transport?: MediaTransport;
}

const DISCARD: Way = { title: 'node:https, thrown away', reader: 'https' };
/** Nothing that is written in JavaScript reads for less. */
const FLOOR: Way = { title: 'TLS socket with one buffer, thrown away', reader: 'tls' };
const FLOOR_AND_COPY: Way = { title: 'TLS socket, each byte copied once', reader: 'tls-copy' };
/** And nothing sends frames for less: this looks for none, and its messages have a payload alone. */
const FLOOR_AND_MESSAGES: Way = {
  title: 'TLS socket, each byte copied once, as many messages as frames',
  reader: 'tls-messages',
};
/** As the product is without any choice: what is held against the targets. */
const CHUNK: Way = { title: '**chunk mode**', reader: 'chunk' };
const FRAME: Way = { title: '**frame mode**', reader: 'frame' };
const OTHERS: readonly Way[] = [
  { title: 'undici, thrown away', reader: 'undici' },
  ...(hasCurl() ? [{ title: 'curl, thrown away', reader: 'curl' } as const] : []),
];
/** As through a proxy. */
const CHOSEN: readonly Way[] = (['chunk', 'frame'] as const).map((reader) => ({
  title: `${reader} mode, KVS_MEDIA_TRANSPORT=https`,
  reader,
  transport: 'https',
}));
const WAYS = [DISCARD, ...OTHERS, FLOOR, FLOOR_AND_COPY, FLOOR_AND_MESSAGES, CHUNK, FRAME, ...CHOSEN];
const GB = 1e9;
/** Long enough for dozens of collections of garbage: in the first 2 GB node:https takes between 0.65 and 0.97 s for each. */
const BYTES = 6 * GB;
const TARGET = { chunk: 0.75, frame: 0.9 } as const;

/** What it costs to get 1080p video over TLS into a message, beside reading it and throwing it away. */
export const path: Suite = {
  name: 'path',

  tasks(quick) {
    return WAYS.map((way) => {
      const { title: id, ...how } = way;
      const argument: NodeTask = { what: 'path', ...how, bytes: quick ? 0.3 * GB : BYTES };
      return { id, script: 'node/task.ts', argument };
    });
  },

  report(results) {
    const costs = (way: Way): number[] =>
      spent(results, way).map(({ cpuSeconds, count }) => cpuSeconds / (count / GB));
    const beside = (way: Way): number[] => ratios(costs(way), costs(DISCARD));
    return {
      tables: [
        {
          title: '1080p video over TLS to the next node, in Node-RED',
          columns: ['', 'CPU-s/GB', '× node:https', 'MB/s', 'busy cores before'],
          rows: WAYS.map((way) => [
            way.title,
            spread(costs(way)),
            spread(beside(way)),
            spread(spent(results, way).map(({ count, wallSeconds }) => count / 1e6 / wallSeconds)),
            spread(
              spent(results, way).map(({ loadBefore }) => loadBefore),
              2,
            ),
          ]),
        },
      ],
      checks: [
        atMost('chunk mode over TLS: times the CPU of node:https', median(beside(CHUNK)), TARGET.chunk),
        atMost(
          'frame mode over TLS, video: times the CPU of node:https',
          median(beside(FRAME)),
          TARGET.frame,
        ),
      ],
      highlights: [
        ...[CHUNK, FRAME].map((way) => ({
          what: `TLS to the next node, 1080p video, ${way.reader} mode`,
          measured: `${short(median(costs(way)), 2)} CPU-s/GB`,
          beside: `${short(median(beside(way)))} × \`node:https\` that throws the bytes away`,
        })),
        {
          what: 'The same video read from a TLS socket and thrown away',
          measured: `${short(median(costs(FLOOR)), 2)} CPU-s/GB`,
          beside: [FLOOR_AND_COPY, FLOOR_AND_MESSAGES, ...OTHERS]
            .map((way) => `${way.title}: ${short(median(costs(way)), 2)}`)
            .join('; '),
        },
      ],
    };
  },
};

function spent(results: Results, way: Way): readonly (Spent & Measurement)[] {
  return (results.get(way.title) ?? []) as readonly (Spent & Measurement)[];
}
