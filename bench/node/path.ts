import { median } from '../statistics';
import { atMost, ratios, short, spread, type Results, type Suite } from '../suite';
import type { Spent } from './measured';
import type { NodeTask } from './task';

const READERS = ['discard', 'chunk', 'frame'] as const;
type Reader = (typeof READERS)[number];

const TITLES: Readonly<Record<Reader, string>> = {
  discard: 'node:https, thrown away',
  chunk: '**chunk mode**',
  frame: '**frame mode**',
};
const GB = 1e9;

/** What it costs to get 1080p video over TLS into a message, beside reading it and throwing it away. */
export const path: Suite = {
  name: 'path',

  tasks(quick) {
    return READERS.map((reader) => {
      const argument: NodeTask = { what: 'path', reader, bytes: quick ? 0.3 * GB : GB };
      return { id: reader, script: 'node/task.ts', argument };
    });
  },

  report(results) {
    const costs = (reader: Reader): number[] =>
      spent(results, reader).map(({ cpuSeconds, count }) => cpuSeconds / (count / GB));
    const beside = (reader: Reader): number[] => ratios(costs(reader), costs('discard'));
    const [chunk, frame] = [median(beside('chunk')), median(beside('frame'))];
    return {
      tables: [
        {
          title: '1080p video over TLS to the next node, in Node-RED',
          columns: ['', 'CPU-s/GB', '× node:https', 'MB/s'],
          rows: READERS.map((reader) => [
            TITLES[reader],
            spread(costs(reader)),
            spread(beside(reader)),
            spread(spent(results, reader).map(({ count, wallSeconds }) => count / 1e6 / wallSeconds)),
          ]),
        },
      ],
      checks: [
        atMost('chunk mode over TLS: times the CPU of node:https', chunk, 1.15),
        atMost('frame mode over TLS, video: times the CPU of node:https', frame, 1.35),
      ],
      highlights: (['chunk', 'frame'] as const).map((reader) => ({
        what: `TLS to the next node, 1080p video, ${reader} mode`,
        measured: `${short(median(costs(reader)), 2)} CPU-s/GB`,
        beside: `${short(median(beside(reader)))} × \`node:https\` that throws the bytes away`,
      })),
    };
  },
};

function spent(results: Results, reader: Reader): readonly Spent[] {
  return (results.get(reader) ?? []) as readonly Spent[];
}
