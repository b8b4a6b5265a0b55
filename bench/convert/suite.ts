/** The suite `convert`: what each form costs beside chunks that are passed on, and beside `ffmpeg -c copy`. */
import { spawnSync } from 'node:child_process';
import { ratios, spread, type Suite } from '../suite';
import { type ConvertInput, FORMS } from './forms';
import type { ConvertResult, ConvertTask, FfmpegResult } from './task';

const INPUTS: Readonly<Record<ConvertInput, string>> = {
  video: '1080p video of 8 Mbit/s with AAC',
  sound: 'an hour of telephone audio (16 bits, 8 kHz)',
};

const chunksId = (input: ConvertInput): string => `chunks of ${input}`;
const ffmpegId = (form: string): string => `ffmpeg to ${form}`;

export const convert: Suite = {
  name: 'convert',

  tasks(quick) {
    const seconds = quick ? 0.5 : 2;
    const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
    const task = (id: string, argument: ConvertTask) => ({ id, script: 'convert/task.ts', argument });
    return [
      ...(['video', 'sound'] as const).map((input) => task(chunksId(input), { input, seconds })),
      ...FORMS.flatMap(({ form, input, ffmpeg }) => [
        task(form, { input, form, seconds }),
        ...(ffmpeg === undefined || !hasFfmpeg ? [] : [task(ffmpegId(form), { input, ffmpeg, seconds })]),
      ]),
    ];
  },

  report(results) {
    const ours = (id: string): number[] =>
      ((results.get(id) ?? []) as ConvertResult[]).map(({ bytes, cpuSeconds }) => (cpuSeconds * 1e9) / bytes);
    const rows = FORMS.map(({ form, input, ffmpeg = '' }) => {
      const costs = ours(form);
      const theirs = (results.get(ffmpegId(form)) ?? []) as FfmpegResult[];
      const withStart = theirs.map(({ bytes, cpuSeconds }) => (cpuSeconds * 1e9) / bytes);
      const without = theirs.map(
        ({ bytes, cpuSeconds, first }) => ((cpuSeconds - first.cpuSeconds) * 1e9) / (bytes - first.bytes),
      );
      const beside = (values: readonly number[]): readonly string[] =>
        theirs.length === 0 ? ['', ''] : [spread(values), spread(ratios(costs, values))];
      return [
        `${form}, ${input}`,
        spread(costs),
        spread(ratios(costs, ours(chunksId(input)))),
        ...beside(withStart),
        ...beside(without),
        ffmpeg,
      ];
    });
    return {
      tables: [
        {
          title: `Conversion of ${INPUTS.video} and ${INPUTS.sound}`,
          columns: [
            '',
            'CPU s/GB',
            '× chunks passed on',
            'ffmpeg with its start, CPU s/GB',
            '×',
            'ffmpeg without its start, CPU s/GB',
            '×',
            'ffmpeg between `-i` and the output',
          ],
          rows: [
            ...(['video', 'sound'] as const).map((input) => {
              const id = chunksId(input);
              return [id, spread(ours(id)), '1', '', '', '', '', ''];
            }),
            ...rows,
          ],
        },
      ],
      checks: [],
      highlights: [],
    };
  },
};
