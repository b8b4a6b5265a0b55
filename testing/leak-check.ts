/**
 * Root hooks of every run: when its tests have ended, nothing they started may keep the process alive. A server, socket,
 * timer or child process that is left fails the run instead of hanging it or being killed with it. With `--parallel`
 * each file is a run.
 */
import type { RootHookObject } from 'mocha';

const SETTLE_MS = 5_000;
const LOOK_EVERY_MS = 20;

let before: readonly string[] = [];
const closers: (() => Promise<void>)[] = [];

/** For what the suites of a run share, such as a browser: it is closed after the last of them. */
export function closeAtEnd(close: () => Promise<void>): void {
  closers.push(close);
}

export const mochaHooks: RootHookObject = {
  async beforeAll() {
    await aMoment();
    before = process.getActiveResourcesInfo();
  },
  async afterAll() {
    await Promise.all(closers.splice(0).map((close) => close()));
    const deadline = performance.now() + SETTLE_MS;
    do {
      await aMoment();
    } while (leftOver().length > 0 && performance.now() < deadline);
    const left = leftOver();
    if (left.length > 0) {
      throw new Error(`The tests have left running: ${left.join(', ')}.`);
    }
  },
};

/** Also lets mocha set the time limit of an asynchronous hook, a timer that is then there before and after alike. */
function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

/** What keeps the process alive now and did not before the tests. */
function leftOver(): string[] {
  const known = [...before];
  return process.getActiveResourcesInfo().filter((name) => {
    const index = known.indexOf(name);
    if (index >= 0) {
      known.splice(index, 1);
    }
    return index < 0;
  });
}
