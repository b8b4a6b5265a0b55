/** Writes the measured figures into `docs/internals/performance.md`. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './paths';
import { short, type Highlight } from './suite';

/** What was measured, on what and when. */
export interface Run {
  readonly at: string;
  readonly rounds: number;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    /** How TCP keeps from sending too fast: over loopback some of it is paid for by the reader. */
    readonly congestionControl: string | undefined;
    /** Load averages when it began. */
    readonly load: readonly number[];
  };
  readonly highlights: readonly Highlight[];
}

const BEGIN = '<!-- bench -->';
const END = '<!-- /bench -->';

/** Writes the figures between the two marks of the page about performance. */
export function publish({ at, rounds, machine, highlights }: Run): void {
  const file = join(REPOSITORY, 'docs', 'internals', 'performance.md');
  const [before, , after] = readFileSync(file, 'utf8').split(/<!-- \/?bench -->/);
  if (before === undefined || after === undefined) {
    throw new Error(`${file} has no place for the figures between ${BEGIN} and ${END}.`);
  }
  const rows = highlights.map(
    ({ what, measured, beside }) => `- **${what}**: ${measured}${beside === '' ? '' : ` (${beside})`}`,
  );
  const [load = 0] = machine.load;
  const busy = load > machine.cores / 2 ? `; other work kept the machine busy (load ${short(load)})` : '';
  const tcp = machine.congestionControl === undefined ? '' : ` and TCP ${machine.congestionControl}`;
  const how = `Medians of ${rounds} interleaved rounds, each measurement in a process of its own, on ${machine.cores} cores of ${machine.cpu} with Node.js ${machine.node.slice(1)}${tcp}, ${at.slice(0, 10)}${busy}.`;
  writeFileSync(file, `${before}${BEGIN}\n\n${how}\n\n${rows.join('\n')}\n\n${END}${after}`);
  spawnSync('npx', ['prettier', '--write', file], { cwd: REPOSITORY });
}
