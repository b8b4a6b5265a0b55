/** What pictures of any frame take: from a frame's last byte to its picture, and CPU beside `ffmpeg -vf fps`. */
import { median, quantile } from '../statistics';
import { ratios, short, spread, type Check, type Suite } from '../suite';
import type { CpuResult, DayResult, FilesResult, LatencyResult, PicturesTask } from './measurement';

const DAYS = ['time lapse of any frame', 'time lapse of key frames'] as const;

export const pictures: Suite = {
  name: 'pictures',
  rounds: 1,

  tasks(quick) {
    const seconds = quick ? 6 : 30;
    const tasks: readonly (PicturesTask & { readonly id: string })[] = [
      { id: 'chunks', what: 'latency', mode: 'chunks', seconds },
      { id: 'frames', what: 'latency', mode: 'frames', seconds },
      { id: 'cpu', what: 'cpu', chunks: quick ? 5 : 30 },
      { id: 'files', what: 'files', streams: 40, chunks: quick ? 3 : 10 },
      ...DAYS.map((id) => ({
        ...({ id, what: 'day', anyFrame: id === DAYS[0], hours: quick ? 2 : 24 } as const),
      })),
    ];
    return tasks.map(({ id, ...argument }) => ({
      ...{ id, script: 'pictures/task.ts', argument, flags: ['--expose-gc'] },
    }));
  },

  report(results) {
    const timesOf = (id: string): number[] =>
      ((results.get(id) ?? []) as readonly LatencyResult[]).flatMap(({ ms }) => ms);
    const costs = (results.get('cpu') ?? []) as readonly CpuResult[];
    const files = (results.get('files') ?? []) as readonly FilesResult[];
    const own = costs.map(({ pictureMs }) => pictureMs);
    const theirs = costs.map(({ ffmpegMs }) => ffmpegMs);
    const latencies = ['chunks', 'frames'].map((id) => {
      const times = timesOf(id);
      return [id, short(quantile(times, 0.5)), short(quantile(times, 0.99)), String(times.length)] as const;
    });
    return {
      tables: [
        {
          title: 'From the last byte of a frame (or chunk) to its JPEG, 720p, two a second',
          columns: ['', 'p50, ms', 'p99, ms', 'pictures'],
          rows: latencies,
        },
        {
          title: 'CPU for a picture',
          columns: ['kvs-convert, ms', '`ffmpeg -vf fps=2`, ms', 'memory of the decoder, MB'],
          rows: [[spread(own), spread(theirs), spread(costs.map(({ decoderMB }) => decoderMB))]],
        },
        {
          title: 'Memory of a stream that becomes MP4 files, 40 streams',
          columns: ['kB'],
          rows: [[spread(files.map(({ kilobytes }) => kilobytes))]],
        },
        {
          title: 'A day of time lapse, a picture every ten minutes: heap and buffers / resident, MB',
          columns: ['', 'after 1 h', 'in the middle', 'at the end', 'pictures'],
          rows: DAYS.map((id) => {
            const [day] = (results.get(id) ?? []) as readonly DayResult[];
            const { memory = [], pictures: count = 0 } = day ?? {};
            const at = [memory[0], memory[Math.ceil(memory.length / 2) - 1], memory.at(-1)];
            const cells = at.map((one) => `${short(one?.heapMB ?? NaN)} / ${short(one?.residentMB ?? NaN)}`);
            return [id, ...cells, String(count)];
          }),
        },
      ],
      checks: DAYS.flatMap((id) => {
        const [day] = (results.get(id) ?? []) as readonly DayResult[];
        return day === undefined ? [] : [growthCheck(id, day)];
      }),
      highlights: latencies.map(([id, p50, p99]) => ({
        what: `Last byte to JPEG of any frame, from ${id}`,
        measured: `p50 ${p50} ms, p99 ${p99} ms`,
        beside: `${short(median(ratios(own, theirs)))} × the CPU of \`ffmpeg -vf fps\``,
      })),
    };
  },
};

function growthCheck(id: string, { memory }: DayResult): Check {
  const middle = memory[Math.ceil(memory.length / 2) - 1]?.heapMB ?? NaN;
  const measured = (memory.at(-1)?.heapMB ?? NaN) - middle;
  return { what: `${id}: growth of the second half, MB`, measured, target: '≤ 1', met: measured <= 1 };
}
