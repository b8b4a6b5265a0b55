/** What a few kilobytes that are made for it take of a real Node-RED: memory, and turns of its event loop. */
import { median } from '../statistics';
import { atMost, short, spread, type Check, type Suite } from '../suite';
import { CASES, type Case, type HostResult, type HostTask } from './measurement';

const MOST_MB = 30;
const LONGEST_TURN_MS = 50;

const TITLES: Readonly<Record<Case, string>> = {
  laced: 'frames of 9,000 blocks laced into empty frames',
  private: 'frames of a track with 1 MiB of CodecPrivate',
  convert: '40,000 blocks laced into empty frames, into MP4',
  magic: 'a damaged chunk full of EBML magic',
};

export const host: Suite = {
  name: 'host',
  rounds: 3,

  tasks(quick) {
    return CASES.map((what) => {
      const argument: HostTask = { what, watchMs: quick ? 4_000 : 10_000 };
      return { id: what, script: 'host/task.ts', argument };
    });
  },

  report(results) {
    const every = (what: Case, figure: keyof HostResult): number[] =>
      ((results.get(what) ?? []) as readonly HostResult[]).map((result) => result[figure]);
    const middle = (what: Case, figure: keyof HostResult): number => median(every(what, figure));
    const most = (figure: keyof HostResult): number => Math.max(...CASES.map((what) => middle(what, figure)));
    return {
      tables: [
        {
          title: 'Media made to hurt, in a real Node-RED',
          columns: ['', 'kB', '+ MB at most', 'longest turn, ms of CPU'],
          rows: CASES.map((what) => [
            TITLES[what],
            short(middle(what, 'kilobytes')),
            spread(every(what, 'addedMB')),
            spread(every(what, 'longestTurnMs')),
          ]),
        },
      ],
      checks: CASES.flatMap((what): Check[] => [
        atMost(`MB for ${TITLES[what]}`, middle(what, 'addedMB'), MOST_MB, ' MB'),
        atMost(
          `ms of the longest turn for ${TITLES[what]}`,
          middle(what, 'longestTurnMs'),
          LONGEST_TURN_MS,
          ' ms',
        ),
      ]),
      highlights: [
        {
          what: 'media made to exhaust memory or time',
          measured: `at most ${short(most('addedMB'))} MB`,
          beside: `longest turn of the event loop ${short(most('longestTurnMs'))} ms of CPU`,
        },
      ],
    };
  },
};
