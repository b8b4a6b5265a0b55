/** What a real Node-RED takes to read stored media, beside GetMedia at the limit of the service. */
import { median } from '../statistics';
import { atMost, ratios, short, spread, type Suite } from '../suite';
import type { ArchiveResult, ArchiveTask } from './measurement';

const TASKS = ['listing', 'reading', 'by-list', 'by-get-media'] as const;
type TaskName = (typeof TASKS)[number];

export const archive: Suite = {
  name: 'archive',
  /** The service's limit sets how long GetMedia takes. */
  rounds: 1,

  tasks(quick) {
    const part = quick ? 1 / 20 : 1;
    const tasks: Readonly<Record<TaskName, ArchiveTask>> = {
      listing: { what: 'listing', minutes: part * 24 * 60 },
      reading: { what: 'reading', minutes: part * 120 },
      'by-list': { what: 'reading', minutes: part * 20 },
      'by-get-media': { what: 'reading', minutes: part * 20, media: 'get-media' },
    };
    return TASKS.map((id) => ({ id, script: 'archive/task.ts', argument: tasks[id] }));
  },

  report(results) {
    const rounds = (task: TaskName) => (results.get(task) ?? []) as readonly ArchiveResult[];
    const every = (task: TaskName, what: keyof ArchiveResult): number[] =>
      rounds(task).map((result) => result[what]);
    const middle = (task: TaskName, what: keyof ArchiveResult): number => median(every(task, what));
    const seconds = (task: TaskName): number[] => every(task, 'ms').map((ms) => ms / 1_000);
    const ratio = median(ratios(every('by-list', 'ms'), every('by-get-media', 'ms')));
    const titles: Readonly<Record<TaskName, string>> = {
      listing: 'fragments of a day',
      reading: 'chunks of 2 h',
      'by-list': 'chunks of 20 minutes, by list',
      'by-get-media': 'the same by GetMedia, 5 fragments a second',
    };
    const figures = (task: TaskName): string =>
      `${short(median(seconds(task)))} s, at most ${short(middle(task, 'addedMB'))} MB beyond the idle node`;
    return {
      tables: [
        {
          title: 'Stored media, 1080p at 8 Mbit/s over TLS, in a real Node-RED',
          columns: ['', 'fragments', 'MB', 's', 'idle MB', '+ MB at most'],
          rows: TASKS.map((task) => [
            titles[task],
            String(middle(task, 'fragments')),
            short(middle(task, 'megabytes')),
            spread(seconds(task)),
            spread(every(task, 'idleMB')),
            spread(every(task, 'addedMB')),
          ]),
        },
      ],
      checks: [
        atMost('time to read stored media by list, of that by GetMedia', ratio, 0.2, ' times'),
        atMost('MB beyond idle that a list of a day takes', middle('listing', 'addedMB'), 100, ' MB'),
        atMost('MB beyond idle that chunks of 2 h take', middle('reading', 'addedMB'), 100, ' MB'),
      ],
      highlights: [
        {
          what: `Listing a day of stored media, ${middle('listing', 'fragments')} fragments`,
          measured: figures('listing'),
          beside: '',
        },
        {
          what: `Reading 2 h of stored 1080p video, ${short(middle('reading', 'megabytes') / 1_000)} GB over TLS`,
          measured: figures('reading'),
          beside: '',
        },
        {
          what: `Reading 20 minutes of it`,
          measured: `${short(median(seconds('by-list')))} s`,
          beside: `${short(ratio)} × GetMedia at the service's limit of 5 fragments/s`,
        },
      ],
    };
  },
};
