/**
 * All benchmarks: each measurement in a process of its own, once a round, with the rounds of all of a suite's
 * measurements interleaved; medians over the rounds, and ratios round by round. Prints tables, and writes them to
 * build/bench.md, and all figures to build/bench.json.
 *
 * npm run bench -- [part of a suite's name ...] [--rounds 5] [--quick] [--anyway] [--publish]
 *
 * A measurement waits until the machine has nothing else to do, and is made again where something else ran beside it;
 * with `--anyway` it is made at once, and all count.
 * `--publish` writes the figures into docs/internals/performance.md too.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { archive } from './archive/suite';
import { bundle } from './bundle';
import { clips } from './clips/suite';
import { convert } from './convert/suite';
import { host } from './host/suite';
import { pictures } from './pictures/suite';
import { idle } from './idle/suite';
import { fleet } from './node/fleet';
import { path } from './node/path';
import { smallFrames } from './node/small-frames';
import { streams } from './node/streams';
import { BUILD, REPOSITORY, bundled, stagePackage } from './paths';
import { publish } from './publish';
import { measureUndisturbed } from './quiet';
import { makeInputs } from './reader/inputs';
import { reader } from './reader/suite';
import { short, spread, type Measurement, type Report, type Suite, type Table, type Task } from './suite';

const SUITES: readonly Suite[] = [
  reader,
  convert,
  path,
  smallFrames,
  streams,
  fleet,
  idle,
  archive,
  clips,
  pictures,
  host,
];
/** Those that measure within their own process, where tsx would show. */
const SCRIPTS = [
  'reader/task.ts',
  'convert/task.ts',
  'node/task.ts',
  'node/fleet-task.ts',
  'node/media-server.ts',
  'node/probe-node.ts',
];

const ROUNDS = 5;

function runTask({ id, script, argument, flags = [] }: Task): object {
  const program = SCRIPTS.includes(script) ? [bundled(script)] : ['--import', 'tsx', join('bench', script)];
  const { status, stdout } = spawnSync(process.execPath, [...flags, ...program, JSON.stringify(argument)], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) {
    throw new Error(`The measurement "${id}" failed.`);
  }
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object;
}

type Measured = Map<string, Measurement[]>;

function runSuite(suite: Suite, rounds: number, quick: boolean, anyway: boolean): Measured {
  const tasks = suite.tasks(quick);
  const results: Measured = new Map(tasks.map(({ id }) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`${suite.name}: round ${round + 1} of ${rounds}\n`);
    // To and fro, so that none always comes behind the same other one.
    for (const task of round % 2 === 0 ? tasks : [...tasks].reverse()) {
      results.get(task.id)?.push(measureUndisturbed(task.id, () => runTask(task), task.complaint, anyway));
    }
  }
  return results;
}

function markdown({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, i) => (i === 0 ? '---' : '---:'));
  return [`**${title}**`, '', line(columns), line(rule), ...rows.map(line), ''].join('\n');
}

/** What else the machine did before each measurement. */
function loads(suite: Suite, results: Measured): Table {
  return {
    title: `Busy cores right before each measurement: ${suite.name}`,
    columns: ['', 'cores'],
    rows: [...results].map(([id, measured]) => [
      id,
      spread(
        measured.map(({ loadBefore }) => loadBefore),
        2,
      ),
    ]),
  };
}

function highlights(reports: readonly Report[]): Table {
  return {
    title: 'In short, medians',
    columns: ['', 'measured', 'beside'],
    rows: reports.flatMap((report) =>
      report.highlights.map(({ what, measured, beside }) => [what, measured, beside]),
    ),
  };
}

function targets(reports: readonly Report[]): Table {
  return {
    title: 'Targets',
    columns: ['', 'measured', 'target', ''],
    rows: reports.flatMap(({ checks }) =>
      checks.map(({ what, measured, target, met }) => [
        what,
        short(measured),
        target,
        met ? 'met' : '**missed**',
      ]),
    ),
  };
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      anyway: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const wanted = SUITES.filter(
    ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
  );
  if (wanted.length === 0 || (rounds !== undefined && !(rounds >= 1))) {
    throw new Error(
      `The suites are ${SUITES.map(({ name }) => name).join(', ')}; --rounds takes a number from 1 on.`,
    );
  }
  const load = loadavg();
  if ((load[0] ?? 0) > cpus().length / 2) {
    console.error(
      `The machine is busy (load ${short(load[0] ?? 0)}): the figures will be those of its other work too.`,
    );
  }
  const congestionControl = congestionControlOfTcp();
  if (congestionControl === 'bbr') {
    console.error(
      'TCP uses bbr here, whose timers for the sender run while the reader takes bytes and count as its CPU time: ' +
        'a tenth of what is measured over loopback. Without them: sysctl -w net.ipv4.tcp_congestion_control=cubic',
    );
  }
  mkdirSync(BUILD, { recursive: true });
  execute('npm', ['run', '--silent', 'build']);
  stagePackage();
  SCRIPTS.forEach(bundle);
  makeInputs();
  const suites: Record<string, Report & { results: Record<string, unknown> }> = {};
  for (const suite of wanted) {
    const results = runSuite(suite, rounds ?? (quick ? 1 : (suite.rounds ?? ROUNDS)), quick, values.anyway);
    const { tables, ...rest } = suite.report(results);
    const report = { ...rest, tables: [...tables, loads(suite, results)] };
    console.log(report.tables.map((table) => `\n${markdown(table)}`).join(''));
    suites[suite.name] = { ...report, results: Object.fromEntries(results) };
  }
  const reports = Object.values(suites);
  const summary = [highlights(reports), targets(reports)].filter(({ rows }) => rows.length > 0);
  console.log(summary.map((table) => `\n${markdown(table)}`).join(''));
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model ?? 'an unknown processor',
    cores: cpus().length,
    node: process.version,
    load,
    congestionControl,
  };
  const file = join(REPOSITORY, 'build', 'bench');
  const tables = [...summary, ...reports.flatMap((report) => report.tables)];
  writeFileSync(`${file}.md`, tables.map(markdown).join('\n'));
  const figures = { at: new Date().toISOString(), machine, rounds: rounds ?? ROUNDS, quick, suites };
  writeFileSync(`${file}.json`, `${JSON.stringify(figures, null, 2)}\n`);
  if (values.publish) {
    publish({ ...figures, highlights: reports.flatMap((report) => report.highlights) });
  }
  console.log(`Written to ${file}.md and ${file}.json`);
}

/** Undefined where the system does not say. */
function congestionControlOfTcp(): string | undefined {
  const file = '/proc/sys/net/ipv4/tcp_congestion_control';
  return existsSync(file) ? readFileSync(file, 'latin1').trim() : undefined;
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
