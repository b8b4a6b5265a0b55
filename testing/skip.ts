/** Skips tests in such a way that the end of the run says why. */
import type { Context, Suite, Test } from 'mocha';

/**
 * Skips a test, from itself or from a hook before it; from a hook that runs before all, every test of its suite.
 *
 * @param why a few words, which are shown after the test's name
 */
export function skip(context: Context, why: string): never {
  const { test, currentTest } = context;
  // Mocha's types do not tell a hook, whose `currentTest` it is about, from a test.
  const isForAll = test?.title.startsWith('"before all"') === true;
  const skipped = isForAll ? testsOf(test.parent) : [currentTest ?? test];
  for (const each of skipped) {
    if (each !== undefined) {
      each.title += ` (skipped: ${why})`;
    }
  }
  context.skip();
}

function testsOf(suite: Suite | undefined): Test[] {
  return suite === undefined ? [] : [...suite.tests, ...suite.suites.flatMap(testsOf)];
}
