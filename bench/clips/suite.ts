/** What clips take: from message to file, memory of a long one, and CPU beside `ffmpeg -c copy`. */
import { median, quantile } from '../statistics';
import { atMost, ratios, short, spread, type Suite } from '../suite';
import type { AloneResult, ClipsTask, LongResult, MomentsResult } from './measurement';

export const clips: Suite = {
  name: 'clips',
  rounds: 1,

  tasks(quick) {
    const tasks: readonly ClipsTask[] = [
      { what: 'moments', count: quick ? 5 : 40 },
      { what: 'long', minutes: quick ? 6 : 120 },
      { what: 'alone', count: quick ? 5 : 40 },
    ];
    return tasks.map((argument) => ({ id: argument.what, script: 'clips/task.ts', argument }));
  },

  report(results) {
    const moments = (results.get('moments') ?? []) as readonly MomentsResult[];
    const long = (results.get('long') ?? []) as readonly LongResult[];
    const alone = (results.get('alone') ?? []) as readonly AloneResult[];
    const times = moments.flatMap(({ ms }) => ms);
    const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
    const convert = alone.map(({ convertMs }) => convertMs);
    const ffmpeg = alone.map(({ ffmpegMs }) => ffmpegMs);
    const cpu = moments.map(({ cpuMs }) => cpuMs);
    const added = long.map(({ addedMB }) => addedMB);
    return {
      tables: [
        {
          title: `A clip of 30 s at 2 Mbit/s as a file, ${times.length} of them`,
          columns: ['', 'ms', 'CPU, ms'],
          rows: [
            ['message to stored clip, p50, over TLS in a real Node-RED', short(p50), spread(cpu)],
            ['message to stored clip, p95', short(p95), ''],
            ['conversion and file alone, of the same chunks', '', spread(convert)],
            ['`ffmpeg -c copy -movflags +faststart`, of the same chunks', '', spread(ffmpeg)],
          ],
        },
        {
          title: 'A clip of 2 h at 2 Mbit/s as a file',
          columns: ['MB', 's', 'idle MB', '+ MB at most'],
          rows: [
            [
              spread(long.map(({ megabytes }) => megabytes)),
              spread(long.map(({ seconds }) => seconds)),
              spread(long.map(({ idleMB }) => idleMB)),
              spread(added),
            ],
          ],
        },
      ],
      checks: [atMost('MB beyond idle that a clip of 2 h takes', median(added), 150, ' MB')],
      highlights: [
        {
          what: 'Message to a stored clip of 30 s at 2 Mbit/s, over TLS',
          measured: `p50 ${short(p50)} ms, p95 ${short(p95)} ms`,
          beside: `${short(median(ratios(convert, ffmpeg)))} × the CPU of \`ffmpeg -c copy\` for the file alone`,
        },
        {
          what: 'A clip of 2 h as a file',
          measured: `at most ${short(median(added))} MB beyond the idle node`,
          beside: '',
        },
      ],
    };
  },
};
