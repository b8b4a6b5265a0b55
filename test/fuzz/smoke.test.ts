import assert from 'node:assert/strict';
import { fuzz } from '../../fuzz/fuzz';
import { load } from '../../fuzz/inputs';
import { TARGETS } from '../../fuzz/targets';

const RUNS = 2_500;
const SEED = 20261123;

/** A short run of what `npm run fuzz` does for hours, and everything that it ever found. */
describe('the fuzzer', function () {
  this.timeout(120_000);

  for (const target of TARGETS) {
    it(`finds nothing in ${target.name}, in ${RUNS} executions and in what it found before (seed ${SEED})`, async () => {
      const { findings, executions, reached } = await fuzz({
        target: target.name,
        seed: SEED,
        runs: RUNS,
        seconds: Infinity,
        inputs: load(target.name),
      });
      assert.deepEqual(
        findings.map(({ message, input }) => `${message}: ${input.toString('base64')}`),
        [],
      );
      assert.ok(executions >= RUNS);
      assert.ok(reached > 50, 'the code is counted in');
    });
  }
});
