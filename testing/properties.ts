/** Number of cases, seed and time limit of property tests, from the environment. */

/** `KVS_PROPERTY_RUNS`: how many cases of each property, in place of the usual few. */
const RUNS = process.env['KVS_PROPERTY_RUNS'];

/** `KVS_PROPERTY_SEED` repeats a run; without it each run looks elsewhere. Belongs in a test's name. */
export const PROPERTY_SEED = Number(process.env['KVS_PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** For `fc.assert`. */
export function cases(usual = 100): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: RUNS === undefined ? usual : Number(RUNS), seed: PROPERTY_SEED };
}

/** How long a test of so many cases may take, ms; 0 where it was asked for. */
export const PROPERTY_TIMEOUT_MS = RUNS === undefined ? 60_000 : 0;
