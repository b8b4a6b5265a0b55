import { median } from '../statistics';
import { atMost, ratios, short, spread, type Results, type Suite } from '../suite';
import type { IdleResult, IdleTask, Variant } from './task';

const VARIANTS: Readonly<Record<Variant, string>> = {
  without: 'Node-RED alone',
  installed: 'with the package, no node of it in a flow',
  nodes: 'with a config node and a node that is not started',
};

/** What an idle Node-RED pays for having the package. */
export const idle: Suite = {
  name: 'idle',
  rounds: 11,

  tasks(quick) {
    return (Object.keys(VARIANTS) as Variant[]).map((variant) => {
      const argument: IdleTask = { variant, settleMs: quick ? 1_000 : 3_000 };
      return { id: variant, script: 'idle/task.ts', argument };
    });
  },

  report(results) {
    const of = (variant: Variant, what: keyof IdleResult): number[] =>
      measured(results, variant).map((result) => result[what]);
    const ratio = (variant: Variant, what: keyof IdleResult): number[] =>
      ratios(of(variant, what), of('without', what));
    const added = (variant: Variant): number[] =>
      of(variant, 'residentMB').map((value, round) => value - (of('without', 'residentMB')[round] ?? NaN));
    return {
      tables: [
        {
          title: 'An idle Node-RED',
          columns: ['', 'start, ms', '× alone', 'CPU, ms', '× alone', 'RSS, MB', '+ MB'],
          rows: (Object.keys(VARIANTS) as Variant[]).map((variant) => [
            VARIANTS[variant],
            spread(of(variant, 'startMs')),
            ...(variant === 'without' ? ['1'] : [spread(ratio(variant, 'startMs'), 4)]),
            spread(of(variant, 'cpuMs')),
            ...(variant === 'without' ? ['1'] : [spread(ratio(variant, 'cpuMs'), 4)]),
            spread(of(variant, 'residentMB')),
            ...(variant === 'without' ? ['0'] : [spread(added(variant))]),
          ]),
        },
      ],
      checks: [
        atMost(
          'start-up time with the package, of that without',
          median(ratio('installed', 'startMs')),
          1.02,
          ' times',
        ),
        atMost(
          'CPU time of the start with the package, of that without, the quietest run of each',
          Math.min(...of('installed', 'cpuMs')) / Math.min(...of('without', 'cpuMs')),
          1.02,
          ' times',
        ),
        atMost('MB that the package adds to an idle Node-RED', median(added('installed')), 3, ' MB'),
      ],
      highlights: [
        {
          what: 'idle Node-RED with the package installed, no node of it in a flow',
          measured: `${short(median(ratio('installed', 'startMs')))} × the start-up time`,
          beside: `${short(median(added('installed')))} MB more than without`,
        },
      ],
    };
  },
};

function measured(results: Results, variant: Variant): IdleResult[] {
  return (results.get(variant) ?? []) as IdleResult[];
}
