/**
 * All benchmarks: each measurement in a process of its own, once a round, with the rounds of all of a suite's
 * measurements interleaved; medians over the rounds, and ratios round by round. Prints tables and writes
 * build/bench.json.
 *
 * npm run bench -- [--only reader] [--rounds 5] [--quick]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { latency, smallFrames, streams } from './node/suites';
import { REPOSITORY, stagePackage } from './paths';
import { inputFile, INPUTS } from './reader/inputs';
import { reader } from './reader/suite';
import type { Check, Report, Results, Suite, Table, Task } from './suite';

const SUITES: readonly Suite[] = [reader, smallFrames, latency, streams];
/** Has a runner of its own. */
const TRANSPORT = join(__dirname, 'transport.ts');

function runTask({ id, script, argument }: Task): unknown {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(__dirname, script), JSON.stringify(argument)],
    { cwd: REPOSITORY, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) {
    throw new Error(`The measurement "${id}" failed.`);
  }
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

function runSuite(suite: Suite, rounds: number, quick: boolean): Map<string, unknown[]> {
  const tasks = suite.tasks(quick);
  const results = new Map<string, unknown[]>(tasks.map(({ id }) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`${suite.name}: round ${round + 1} of ${rounds}\n`);
    for (const task of tasks) {
      results.get(task.id)?.push(runTask(task));
    }
  }
  return results;
}

function printTable({ title, columns, rows }: Table): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  console.log(`\n**${title}**\n`);
  console.log(line(columns));
  console.log(line(columns.map((_, i) => (i === 0 ? '---' : '---:'))));
  for (const row of rows) {
    console.log(line(row));
  }
}

function printChecks(checks: readonly Check[]): void {
  printTable({
    title: 'Targets',
    columns: ['', 'measured', 'target', ''],
    rows: checks.map(({ what, measured, target, met }) => [
      what,
      measured.toPrecision(measured >= 1_000 ? 6 : 3),
      target,
      met ? 'met' : '**missed**',
    ]),
  });
}

function main(): void {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { only, quick } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  const names = [...SUITES.map(({ name }) => name), 'transport'];
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined || !(rounds >= 1)) {
    throw new Error(`--only takes ${names.join(', ')}; --rounds a number from 1 on.`);
  }
  const wanted = (name: string): boolean => only?.includes(name) ?? true;
  execute('npm', ['run', '--silent', 'build']);
  stagePackage();
  INPUTS.forEach(inputFile);
  const suites: Record<string, Report & { results: Record<string, unknown> }> = {};
  for (const suite of SUITES.filter(({ name }) => wanted(name))) {
    const results: Results = runSuite(suite, rounds, quick);
    const report = suite.report(results);
    report.tables.forEach(printTable);
    suites[suite.name] = { ...report, results: Object.fromEntries(results) };
  }
  const checks = Object.values(suites).flatMap((suite) => suite.checks);
  if (checks.length > 0) {
    printChecks(checks);
  }
  const file = join(REPOSITORY, 'build', 'bench.json');
  const [cpu] = cpus();
  const machine = { cpu: cpu?.model, cores: cpus().length, node: process.version, load: loadavg() };
  writeFileSync(
    file,
    `${JSON.stringify({ at: new Date().toISOString(), machine, rounds, quick, suites }, null, 2)}\n`,
  );
  console.log(`\nEverything is in ${file}`);
  if (existsSync(TRANSPORT) && wanted('transport') && !quick) {
    execute(process.execPath, ['--import', 'tsx', TRANSPORT]);
  }
}

function execute(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { cwd: REPOSITORY, stdio: 'inherit' });
  if (status !== 0) {
    throw new Error(`${program} ${args.join(' ')} failed.`);
  }
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
