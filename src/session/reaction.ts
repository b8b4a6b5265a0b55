import type { ErrorClass } from './error-table';

/** How long the session waits before the next try, by class. All in ms. */
interface Waits {
  readonly floorMs: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** Whether the wait is drawn at random, so that many nodes do not come back in step. */
  readonly jitter: boolean;
}

const TRANSIENT: Waits = { floorMs: 100, baseMs: 500, capMs: 30_000, jitter: true };

const WAITS: Readonly<Record<Exclude<ErrorClass, 'configuration'>, Waits>> = {
  throttled: { floorMs: 1_000, baseMs: 2_000, capMs: 60_000, jitter: true },
  transient: TRANSIENT,
  // The second time in a row, what is mended at once has evidently not been mended.
  endpoint: TRANSIENT,
  credentials: { floorMs: 60_000, baseMs: 60_000, capMs: 300_000, jitter: false },
  clock: { floorMs: 60_000, baseMs: 60_000, capMs: 300_000, jitter: false },
  position: TRANSIENT,
  refused: { floorMs: 60_000, baseMs: 60_000, capMs: 300_000, jitter: false },
};

/** These are mended by the session itself, so the first failure of a row is answered at once. */
const MENDED_AT_ONCE: ReadonlySet<ErrorClass> = new Set(['endpoint', 'credentials', 'clock', 'position']);

export type Reaction = { readonly action: 'stop' } | { readonly action: 'retry'; readonly retryInMs: number };

/**
 * What to do about a failure.
 *
 * @param attempt   1, 2, … failures in a row
 * @param sameClass 1, 2, … of them in a row of this very class
 */
export function reactTo(
  errorClass: ErrorClass,
  attempt: number,
  sameClass: number,
  keepTrying: boolean,
  random: () => number,
): Reaction {
  if (errorClass === 'configuration' || (errorClass === 'refused' && !keepTrying)) {
    return { action: 'stop' };
  }
  if (MENDED_AT_ONCE.has(errorClass)) {
    if (sameClass === 1) {
      return { action: 'retry', retryInMs: 0 };
    }
    if (!keepTrying && errorClass !== 'endpoint' && errorClass !== 'position') {
      return { action: 'stop' };
    }
    return { action: 'retry', retryInMs: waitOf(WAITS[errorClass], sameClass - 1, random) };
  }
  const step = errorClass === 'refused' ? sameClass : attempt;
  return { action: 'retry', retryInMs: waitOf(WAITS[errorClass], step, random) };
}

/** May the same call succeed later, without anyone doing anything? */
export function isRetryable(errorClass: ErrorClass): boolean {
  return errorClass !== 'refused' && errorClass !== 'configuration';
}

/** Full jitter over an exponentially growing window, never below the floor. */
function waitOf(waits: Waits, step: number, random: () => number): number {
  const window = Math.min(waits.capMs, waits.baseMs * 2 ** Math.min(step - 1, 30));
  return waits.jitter ? Math.round(waits.floorMs + random() * Math.max(0, window - waits.floorMs)) : window;
}

/** Wait before asking an idle stream again: 1 s growing to 10 s. `empty` is 1, 2, … responses without media in a row. */
export function idleWait(empty: number): number {
  return Math.min(10_000, 1_000 * 2 ** Math.min(empty - 1, 10));
}
