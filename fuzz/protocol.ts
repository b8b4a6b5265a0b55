/** What the fuzzer and its worker thread tell each other: orders, progress and results. */

/** What the worker is told. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly runs: number;
  readonly seconds: number;
  readonly inputs: readonly Uint8Array[];
  /** Holds the input that is being run, for the case that it never comes back. */
  readonly shared: SharedArrayBuffer;
}

/** Words at the beginning of the shared memory. */
export const RUNS = 0;
export const INPUT_LENGTH = 1;
/** Where the input itself begins. */
export const INPUT_BYTES = 8;

export interface State {
  readonly executions: number;
  readonly corpus: number;
  /** Counters that have counted. */
  readonly reached: number;
  readonly outcomes: number;
}

export type FromWorker =
  | ({ readonly kind: 'state' } & State)
  | { readonly kind: 'finding'; readonly input: Uint8Array; readonly message: string }
  | { readonly kind: 'done'; readonly corpus: readonly Uint8Array[] };
