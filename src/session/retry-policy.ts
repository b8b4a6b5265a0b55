/**
 * The rules of retries, as functions without state: given the class of an error and the number of failures so far, what
 * the reaction is and how long the wait. Likewise for a response without media, and for a damaged or truncated chunk.
 *
 * Who counts and asks: `retry-controller.ts` for GetMedia, `../archive/call-retries.ts` for stored media,
 * `../discovery/discovery.ts` for searches. Other retries have their own rules: batches of fragments in
 * `../archive/batch-reader.ts`, and writes of checkpoints in `nodes/shared/checkpoints/checkpoint-queue.ts`.
 */
import type { ErrorClass } from './error-table';

/**
 * How long the session waits before the next try: drawn at random between `floorMs` and the end of a window that
 * doubles each time, so that many sessions do not retry in step. All in ms.
 */
interface Waits {
  readonly floorMs: number;
  /** The first window ends here. */
  readonly baseMs: number;
  /** The longest window ends here. */
  readonly capMs: number;
}

/** Whether only a person can fix it: then retries are for `keepTrying` alone. */
interface ClassPolicy extends Waits {
  readonly stubborn: boolean;
}

const SOON: ClassPolicy = { floorMs: 100, baseMs: 500, capMs: 30_000, stubborn: false };
const SLOWLY: ClassPolicy = { floorMs: 60_000, baseMs: 120_000, capMs: 300_000, stubborn: true };

/** What the session fixes itself waits only when that has evidently not helped. */
const WAITS: Readonly<Record<Exclude<ErrorClass, 'configuration'>, ClassPolicy>> = {
  throttled: { floorMs: 1_000, baseMs: 2_000, capMs: 60_000, stubborn: false },
  transient: SOON,
  endpoint: SOON,
  position: SOON,
  credentials: SLOWLY,
  clock: SLOWLY,
  refused: SLOWLY,
};

/** The first failure of a row is retried at once, with what the session has fixed. */
const FIXED_AT_ONCE: ReadonlySet<ErrorClass> = new Set(['endpoint', 'credentials', 'clock', 'position']);

export type Reaction = { readonly action: 'stop' } | { readonly action: 'retry'; readonly retryInMs: number };

/** Failures since media last flowed: all of them, and those of the present class without another in between. */
export interface FailureCount {
  readonly inRow: number;
  readonly sameClass: number;
}

/** What to do about a failure of the class, which is already counted. */
export function reactTo(
  errorClass: ErrorClass,
  { inRow, sameClass }: FailureCount,
  keepTrying: boolean,
  random: () => number,
): Reaction {
  if (errorClass === 'configuration') {
    return { action: 'stop' };
  }
  const isFixed = FIXED_AT_ONCE.has(errorClass);
  if (isFixed && sameClass === 1) {
    return { action: 'retry', retryInMs: 0 };
  }
  const { stubborn, ...waits } = WAITS[errorClass];
  if (stubborn && !keepTrying) {
    return { action: 'stop' };
  }
  const step = isFixed ? sameClass - 1 : stubborn ? sameClass : inRow;
  return { action: 'retry', retryInMs: waitOf(waits, step, random) };
}

/** May the same call succeed later, without anyone doing anything? */
export function isRetryable(errorClass: ErrorClass): boolean {
  return errorClass !== 'refused' && errorClass !== 'configuration';
}

/**
 * Does it take a person to fix it? What the session has fixed itself and retries at once does not count yet.
 *
 * @param action what the session does about it
 */
export function needsPerson(
  errorClass: ErrorClass,
  action: Reaction | { readonly action: 'skip' | 'ignore' },
): boolean {
  if (action.action === 'retry') {
    return action.retryInMs > 0 && errorClass !== 'configuration' && WAITS[errorClass].stubborn;
  }
  return action.action === 'stop';
}

/** Full jitter over an exponentially growing window, never below the floor. */
function waitOf(waits: Waits, step: number, random: () => number): number {
  const window = Math.min(waits.capMs, waits.baseMs * 2 ** Math.min(step - 1, 30));
  return Math.round(waits.floorMs + random() * Math.max(0, window - waits.floorMs));
}

/** A chunk that stays damaged or truncated is fetched so often, then skipped. */
export const MAX_CHUNK_ATTEMPTS = 3;

/** What to do about a chunk that has come damaged or truncated so often. */
export function reactToChunk(failures: number): 'refetch' | 'skip' {
  return failures < MAX_CHUNK_ATTEMPTS ? 'refetch' : 'skip';
}

/**
 * How long to wait before asking an idle stream again, in ms: 1 s to 2 s, growing to between 5 s and 10 s. Drawn at random,
 * so that many sessions whose cameras fell silent together do not call in step.
 *
 * @param empty 1, 2, … responses without media in a row
 */
export function idleWait(empty: number, random: () => number): number {
  const shortest = Math.min(5_000, 1_000 * 2 ** Math.min(empty - 1, 10));
  return Math.round(shortest * (1 + random()));
}
