/**
 * Fuzzes one target or all of them, led by coverage.
 *
 * npm run fuzz -- [--target reader] [--runs 1000000] [--seconds 60] [--seed 1] [--keep-corpus]
 * npm run fuzz -- --target reader --replay fuzz/findings/reader/0123456789abcdef
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz';
import { load, replaceCorpus, save } from './inputs';
import type { State } from './protocol';
import { TARGETS, targetOf } from './targets';

const PROGRESS_EVERY_MS = 15_000;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    runs: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    replay: { type: 'string' },
    'keep-corpus': { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const names = values.target === undefined ? TARGETS.map(({ name }) => name) : [values.target];
  if (values.replay !== undefined) {
    // Not instrumented: the stack then shows the lines of the sources.
    targetOf(names[0] ?? '').run(readFileSync(values.replay));
    console.log(`${values.replay}: nothing found`);
    return;
  }
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const runs = Number(values.runs ?? Infinity);
  const seconds = Number(values.seconds ?? (values.runs === undefined ? 60 : Infinity));
  for (const name of names) {
    await fuzzOne(targetOf(name).name, seed, runs, seconds);
  }
}

async function fuzzOne(target: string, seed: number, runs: number, seconds: number): Promise<void> {
  console.log(`${target}: seed ${seed}`);
  const began = performance.now();
  let printed = began;
  const describe = (state: State & { readonly counters: number }): string => {
    const elapsed = (performance.now() - began) / 1000;
    return [
      `${target}: ${state.executions} executions in ${elapsed.toFixed(0)} s`,
      `${(state.executions / elapsed).toFixed(0)}/s`,
      `${state.reached} of ${state.counters} counters`,
      `${state.outcomes} outcomes`,
      `corpus ${state.corpus}`,
      `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
    ].join(', ');
  };
  const result = await fuzz({
    ...{ target, seed, runs, seconds },
    inputs: load(target),
    onState: (state) => {
      if (performance.now() - printed > PROGRESS_EVERY_MS) {
        printed = performance.now();
        console.log(describe(state));
      }
    },
    onFinding: ({ input, message }) => {
      process.exitCode = 1;
      const file = save('findings', target, input);
      console.log(`FOUND ${message}\n  replay: npm run fuzz -- --target ${target} --replay ${file}`);
    },
  });
  console.log(`${describe(result)}, ${result.findings.length} findings`);
  if (values['keep-corpus']) {
    replaceCorpus(target, result.minimised);
    console.log(`${target}: kept ${result.minimised.length} inputs`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
