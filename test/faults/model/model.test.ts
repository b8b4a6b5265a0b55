import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judge } from './judge';
import { runScenario } from './run-scenario';
import { scenario, type Scenario } from './scenario';
import { simplify } from './simplify';
import { story } from './story';
import { Summary } from './summary';

/** The same scenarios every time, so that a red run is a change's doing; `random` looks elsewhere. */
const USUAL_SEED = '20261123';
const GIVEN_SEED = process.env['KVS_FAULT_SEED'] ?? USUAL_SEED;
const SEED = GIVEN_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(GIVEN_SEED);
/** How many scenarios, in place of the usual number. */
const GIVEN_COUNT = process.env['KVS_FAULT_SCENARIOS'];
/** Each batch has a seed of its own, which its name tells. Whatever the seed, all kinds of flaws come about in one. */
const BATCH = 1_000;
/** In so many with the usual seed, too. */
const USUAL = 250;
const isUsual = GIVEN_COUNT === undefined && GIVEN_SEED === USUAL_SEED;
const SCENARIOS = Number(GIVEN_COUNT ?? (isUsual ? USUAL : BATCH));
const MOST_SHOWN = 3;

describe('in scenarios of a model service', function () {
  this.timeout(0);
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => {
    rejections.push(reason);
  };
  before(() => {
    process.on('unhandledRejection', onRejection);
  });
  after(() => {
    process.off('unhandledRejection', onRejection);
    assert.deepEqual(rejections, []);
  });

  for (let from = 0; from < SCENARIOS; from += BATCH) {
    const count = Math.min(BATCH, SCENARIOS - from);
    const seed = SEED + from / BATCH;
    it(`nothing is lost, nothing in silence, nothing twice (${count} scenarios, seed ${seed})`, async () => {
      const bad: { readonly index: number; readonly given: Scenario; readonly rules: readonly string[] }[] =
        [];
      const summary = new Summary();
      for (const [index, given] of fc.sample(scenario, { seed, numRuns: count }).entries()) {
        const { log, fragments } = await runScenario(given);
        const violations = judge(given, fragments, log);
        summary.add(given, log);
        if (violations.length > 0) {
          bad.push({ index, given, rules: violations.map(ruleOf) });
        }
      }
      if (GIVEN_COUNT !== undefined) {
        process.stdout.write(`      seed ${seed}: ${summary.toString()}\n`);
      }
      const shown = await Promise.all(bad.slice(0, MOST_SHOWN).map(explain));
      assert.equal(bad.length, 0, `${bad.length} of ${count} scenarios are bad\n${shown.join('\n\n')}`);
      assert.deepEqual(
        count < BATCH && !isUsual ? [] : summary.missing,
        [],
        'kinds that have not come about',
      );
    });
  }
});

/** The plainest scenario that breaks one of the same rules, with what happens in it. */
async function explain({
  index,
  given,
  rules,
}: {
  readonly index: number;
  readonly given: Scenario;
  readonly rules: readonly string[];
}): Promise<string> {
  const violationsOf = async (tried: Scenario): Promise<string[]> => {
    const { log, fragments } = await runScenario(tried);
    return judge(tried, fragments, log).filter((violation) => rules.includes(ruleOf(violation)));
  };
  const simplest = await simplify(given, async (tried) => (await violationsOf(tried)).length > 0);
  const { log, fragments } = await runScenario(simplest);
  return [
    `Scenario ${String(index)}, simplified: ${JSON.stringify(simplest)}`,
    ...judge(simplest, fragments, log),
    story(log, fragments),
  ].join('\n');
}

function ruleOf(violation: string): string {
  return violation.split(':')[0] ?? violation;
}
