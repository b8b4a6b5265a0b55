/** The suite `idle`: start time and memory of a Node-RED that has the package and does nothing with it. */
import { median, quantile } from '../statistics';
import { atMost, ratios, short, spread, type Suite } from '../suite';
import { VARIANTS, type IdleResult, type IdleTask, type Start, type Variant } from './result';

const TITLES: Readonly<Record<Variant, string>> = {
  without: 'Node-RED alone',
  installed: 'with the package, no node of it in a flow',
  nodes: 'with a config node and a node that is not started',
};

/**
 * What else the machine does adds to a start, never takes from it, and many times what is to be seen here: the starts
 * are compared by how long the undisturbed ones take, which so large a part of them are taken for.
 */
const QUIET = 0.1;

/** What an idle Node-RED pays for having the package. */
export const idle: Suite = {
  name: 'idle',

  tasks(quick) {
    const argument: IdleTask = quick ? { starts: 1, settleMs: 1_000 } : { starts: 15, settleMs: 3_000 };
    return [{ id: 'idle', script: 'idle/task.ts', argument }];
  },

  report(results) {
    const rounds = (results.get('idle') ?? []) as readonly IdleResult[];
    const starts = (variant: Variant, what: keyof Start): number[] =>
      rounds.flatMap((round) => round[variant].starts.map((start) => start[what]));
    /** Start by start. */
    const beside = (variant: Variant, what: keyof Start): number[] =>
      ratios(starts(variant, what), starts('without', what));
    const memory = (variant: Variant): number[] => rounds.map((round) => round[variant].residentMB);
    const added = (variant: Variant): number[] =>
      rounds.map((round) => round[variant].residentMB - round.without.residentMB);
    const quiet = (what: keyof Start): number =>
      quantile(starts('installed', what), QUIET) / quantile(starts('without', what), QUIET);
    const start = quiet('wallMs');
    return {
      tables: [
        {
          title: `An idle Node-RED, ${starts('without', 'wallMs').length} starts of each`,
          columns: ['', 'start, ms', '× alone', 'CPU, ms', '× alone', 'RSS, MB', '+ MB'],
          rows: VARIANTS.map((variant) => [
            TITLES[variant],
            spread(starts(variant, 'wallMs')),
            variant === 'without' ? '1' : spread(beside(variant, 'wallMs'), 4),
            spread(starts(variant, 'cpuMs')),
            variant === 'without' ? '1' : spread(beside(variant, 'cpuMs'), 4),
            spread(memory(variant)),
            variant === 'without' ? '0' : spread(added(variant)),
          ]),
        },
      ],
      checks: [
        atMost('start-up time with the package, of that without, undisturbed', start, 1.02, ' times'),
        atMost('MB that the package adds to an idle Node-RED', median(added('installed')), 3, ' MB'),
      ],
      highlights: [
        {
          what: 'idle Node-RED with the package installed, no node of it in a flow',
          measured: `${short(start, 4)} × the start-up time undisturbed, ${short(median(beside('installed', 'wallMs')), 4)} × in the median`,
          beside: `${short(median(added('installed')))} MB more than without`,
        },
      ],
    };
  },
};
