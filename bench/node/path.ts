/** The suite `path`: CPU time per gigabyte from a TLS socket to a message. */
import type { MediaTransport } from '../../src/kinesis-video';
import { median } from '../statistics';
import { atMost, ratios, short, spread, type Results, type Suite } from '../suite';
import type { Spent } from './measured';
import type { NodeTask } from './task';

/** The same bytes on their way: thrown away, or sent as messages. */
interface Way {
  readonly title: string;
  readonly reader: 'discard' | 'chunk' | 'frame';
  readonly transport?: MediaTransport;
}

const DISCARD: Way = { title: 'node:https, thrown away', reader: 'discard' };
/** As the product is without any choice: what is held against the targets. */
const CHUNK: Way = { title: '**chunk mode**', reader: 'chunk' };
const FRAME: Way = { title: '**frame mode**', reader: 'frame' };
const CHOSEN: readonly Way[] = (['https', 'socket'] as const).flatMap((transport) =>
  (['chunk', 'frame'] as const).map((reader) => ({
    title: `${reader} mode, KVS_MEDIA_TRANSPORT=${transport}`,
    reader,
    transport,
  })),
);
const WAYS = [DISCARD, CHUNK, FRAME, ...CHOSEN];
const GB = 1e9;

/** What it costs to get 1080p video over TLS into a message, beside reading it and throwing it away. */
export const path: Suite = {
  name: 'path',

  tasks(quick) {
    return WAYS.map((way) => {
      const { title: id, ...how } = way;
      const argument: NodeTask = { what: 'path', ...how, bytes: quick ? 0.3 * GB : GB };
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
          columns: ['', 'CPU-s/GB', '× node:https', 'MB/s'],
          rows: WAYS.map((way) => [
            way.title,
            spread(costs(way)),
            spread(beside(way)),
            spread(spent(results, way).map(({ count, wallSeconds }) => count / 1e6 / wallSeconds)),
          ]),
        },
      ],
      checks: [
        atMost('chunk mode over TLS: times the CPU of node:https', median(beside(CHUNK)), 1.15),
        atMost('frame mode over TLS, video: times the CPU of node:https', median(beside(FRAME)), 1.35),
      ],
      highlights: [CHUNK, FRAME].map((way) => ({
        what: `TLS to the next node, 1080p video, ${way.reader} mode`,
        measured: `${short(median(costs(way)), 2)} CPU-s/GB`,
        beside: `${short(median(beside(way)))} × \`node:https\` that throws the bytes away`,
      })),
    };
  },
};

function spent(results: Results, way: Way): readonly Spent[] {
  return (results.get(way.title) ?? []) as readonly Spent[];
}
