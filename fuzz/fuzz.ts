/** Fuzzes one target in a worker thread, and ends the thread if an input hangs. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { instrumented } from './instrument';
import type { Finding } from './loop';
import { INPUT_BYTES, INPUT_LENGTH, RUNS, type FromWorker, type Order, type State } from './protocol';

export interface FuzzOptions {
  readonly target: string;
  readonly seed: number;
  /** Ends after so many executions, or so many seconds. */
  readonly runs: number;
  readonly seconds: number;
  /** Inputs to begin with, besides the target's own. */
  readonly inputs: readonly Buffer[];
  readonly onFinding?: (finding: Finding) => void;
  readonly onState?: (state: State & { readonly counters: number }) => void;
}

export interface FuzzResult extends State {
  readonly counters: number;
  readonly findings: readonly Finding[];
  /** Few and small inputs that reach all that was reached. */
  readonly minimised: readonly Buffer[];
}

/** No input of these targets takes longer, on however busy a machine. */
const HUNG_MS = 30_000;
const LARGEST_INPUT = 64 * 1024;

/** Fuzzes one target, in a thread of its own so that one that hangs can be told of and ended. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { target, seed, runs, seconds, inputs } = options;
  const { code, counters } = await instrumented(join(__dirname, 'worker.ts'));
  const shared = new SharedArrayBuffer(INPUT_BYTES + LARGEST_INPUT);
  const order: Order = { target, seed, runs, seconds, inputs, shared };
  const findings: Finding[] = [];
  const find = (finding: Finding): void => {
    findings.push(finding);
    options.onFinding?.(finding);
  };
  let state: State = { executions: 0, corpus: 0, reached: 0, outcomes: 0 };
  const minimised: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    // Small limits, so that memory which grows shows soon.
    const worker = new Worker(code, {
      eval: true,
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: 384 },
    });
    const watchdog = watch(shared, (input) => {
      find({ input, message: `no end within ${HUNG_MS / 1000} s` });
      void worker.terminate();
    });
    worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'state':
          state = message;
          options.onState?.({ ...state, counters });
          break;
        case 'finding':
          find({ input: Buffer.from(message.input), message: message.message });
          break;
        case 'done':
          minimised.push(...message.corpus.map((input) => Buffer.from(input)));
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      clearInterval(watchdog);
      resolve();
    });
  });
  return { ...state, counters, findings, minimised };
}

/** Calls back with the input that has been running for too long. */
function watch(shared: SharedArrayBuffer, onHang: (input: Buffer) => void): NodeJS.Timeout {
  const words = new Int32Array(shared, 0, INPUT_BYTES >> 2);
  let last = -1;
  return setInterval(() => {
    const now = words[RUNS] ?? 0;
    if (now === last && now > 0) {
      onHang(Buffer.from(new Uint8Array(shared, INPUT_BYTES, words[INPUT_LENGTH])));
    }
    last = now;
  }, HUNG_MS);
}
