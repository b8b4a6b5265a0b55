/** The suite `convert`: what conversion costs beside reading chunks alone and beside ffmpeg. */
import { spawnSync } from 'node:child_process';
import { ratios, spread, type Suite } from '../suite';
import type { ConvertResult, ConvertTask, Way } from './task';

const OURS: readonly Way[] = ['chunks', 'chunks to mp4', 'chunks to mkv', 'chunks to annexb'];
const FFMPEG: Way = 'ffmpeg -c copy';

/** What conversion adds to reading chunks, beside ffmpeg doing the same. */
export const convert: Suite = {
  name: 'convert',

  tasks(quick) {
    const ways = spawnSync('ffmpeg', ['-version']).status === 0 ? [...OURS, FFMPEG] : OURS;
    return ways.map((way) => {
      const argument: ConvertTask = { way, seconds: quick ? 0.5 : 2 };
      return { id: way, script: 'convert/task.ts', argument };
    });
  },

  report(results) {
    const perGigabyte = (way: Way): number[] =>
      ((results.get(way) ?? []) as ConvertResult[]).map(
        ({ bytes, cpuSeconds }) => (cpuSeconds * 1e9) / bytes,
      );
    const ways = [...OURS, FFMPEG].filter((way) => results.has(way));
    const against = (way: Way, reference: Way): string =>
      results.has(reference) ? spread(ratios(perGigabyte(way), perGigabyte(reference))) : '';
    return {
      tables: [
        {
          title: 'Conversion of 1080p video of 8 Mbit/s with AAC',
          columns: ['', 'CPU s/GB', 'against chunks alone', `against ${FFMPEG} to MP4`],
          rows: ways.map((way) => [
            way,
            spread(perGigabyte(way)),
            against(way, 'chunks'),
            against(way, FFMPEG),
          ]),
        },
      ],
      checks: [],
      highlights: [],
    };
  },
};
