/** What runs in the worker: this file is bundled with the instrumented code, so that the counters are at hand. */
import { parentPort, workerData } from 'node:worker_threads';
import { Loop } from './loop';
import type { FromWorker, Order } from './protocol';
import { INPUT_BYTES, INPUT_LENGTH, RUNS } from './protocol';
import { targetOf } from './targets';

const EVERY = 500;

const { target: name, seed, runs, seconds, inputs, shared } = workerData as Order;
/** See instrument.ts. */
const { __counters: counters } = globalThis as unknown as { __counters: Uint8Array };

const progress = new Int32Array(shared, 0, INPUT_BYTES >> 2);
const current = new Uint8Array(shared, INPUT_BYTES);
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

function main(): void {
  // What is malformed is an error each time, and its stack would cost more than all else. `--replay` shows one.
  Error.stackTraceLimit = 0;
  const target = targetOf(name);
  const loop = new Loop(
    target,
    counters,
    seed,
    (input) => {
      current.set(input.length > current.length ? input.subarray(0, current.length) : input);
      progress[INPUT_LENGTH] = input.length;
      progress[RUNS] = (progress[RUNS] ?? 0) + 1;
    },
    (finding) => {
      tell({ kind: 'finding', ...finding });
    },
  );
  loop.begin(inputs.map((input) => Buffer.from(input)));
  const end = performance.now() + seconds * 1000;
  while (loop.executions < runs && performance.now() < end) {
    for (let i = 0; i < EVERY && loop.executions < runs; i++) {
      loop.step();
    }
    tell(state(loop));
  }
  tell(state(loop));
  tell({ kind: 'done', corpus: loop.minimised() });
}

function state({ executions, corpus, coverage }: Loop): FromWorker {
  const { reached, outcomes } = coverage;
  return { kind: 'state', executions, corpus: corpus.length, reached, outcomes };
}

main();
