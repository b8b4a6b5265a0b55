/**
 * Prints one line for each outermost suite, then every failure in full, then what was skipped and why. It also serves
 * mocha's parallel runs, where the events of a file arrive together when the file has ended. What was skipped is also
 * added to the file that `KVS_SKIPPED` names, for the end of several runs.
 */
import { appendFileSync } from 'node:fs';
import { reporters, type MochaOptions, type Runner, type Suite } from 'mocha';

const { Base } = reporters;

/** As `skip` in skip.ts writes it. */
const SKIPPED = /^(?<name>.*) \(skipped: (?<why>.*)\)$/s;

class SuiteReporter extends Base {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #durationMs = 0;
  readonly #skips: string[] = [];

  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.on('pass', ({ duration = 0 }) => {
      this.#passed += 1;
      this.#durationMs += duration;
    });
    runner.on('fail', () => {
      this.#failed += 1;
    });
    runner.on('pending', (test) => {
      this.#skipped += 1;
      this.#skips.push(test.fullTitle());
    });
    runner.on('suite end', (suite) => {
      if (isOutermost(suite)) {
        this.#printSuite(suite);
      }
    });
    runner.once('end', () => {
      this.epilogue();
      this.#printSkips();
    });
  }

  #printSkips(): void {
    const skips = byReason(this.#skips);
    const file = process.env['KVS_SKIPPED'];
    if (skips !== '') {
      Base.consoleLog(skips);
    }
    if (file !== undefined) {
      appendFileSync(file, skips);
    }
  }

  #printSuite({ title }: Suite): void {
    const mark = this.#failed > 0 ? Base.color('fail', '✖') : Base.color('checkmark', '✔');
    const failed = this.#failed > 0 ? `, ${this.#failed} failed` : '';
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : '';
    const seconds = (this.#durationMs / 1_000).toFixed(1);
    Base.consoleLog(`  ${mark} ${title}: ${this.#passed} passed${failed}${skipped} (${seconds} s)`);
    this.#passed = this.#failed = this.#skipped = this.#durationMs = 0;
  }
}

/** Puts those together that were skipped for the same reason. */
function byReason(titles: readonly string[]): string {
  const reasons = new Map<string, string[]>();
  for (const title of titles) {
    const { name = title, why = 'the test says no reason' } = SKIPPED.exec(title)?.groups ?? {};
    reasons.set(why, [...(reasons.get(why) ?? []), name]);
  }
  return [...reasons]
    .map(([why, names]) => [`  skipped, ${why}:`, ...names.map((name) => `    - ${name}`), ''].join('\n'))
    .join('');
}

function isOutermost(suite: Suite): boolean {
  return !suite.root && suite.fullTitle() === suite.title;
}

export = SuiteReporter;
