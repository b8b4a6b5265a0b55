/** Whether the machine has other work to do: a figure that was measured beside it is of both. */
import { cpus } from 'node:os';
import { short, type Measurement } from './suite';

/** As many cores may be busy right before and after a measurement. */
const MAX_BUSY_CORES = 0.3;
const LOOK_MS = 500;
const PAUSE_MS = 2_000;
/** So long for one measurement at most, what is measured again included. */
const MAX_WAIT_MS = 300_000;

/**
 * Measures when nothing else is running, and again where something else ran meanwhile. Throws where the machine does not
 * become quiet.
 *
 * @param complaint what is wrong with a result, if anything is
 * @param anyway to measure beside whatever else is running
 */
export function measureUndisturbed(
  id: string,
  measure: () => object,
  complaint: ((result: unknown) => string | undefined) | undefined,
  anyway: boolean,
): Measurement {
  const endsAt = performance.now() + MAX_WAIT_MS;
  for (;;) {
    const loadBefore = busyCores();
    if (anyway) {
      return { ...measure(), loadBefore };
    }
    let trouble = busy(loadBefore, 'before');
    if (trouble === undefined) {
      const result = measure();
      trouble = complaint?.(result) ?? busy(busyCores(), 'after');
      if (trouble === undefined) {
        return { ...result, loadBefore };
      }
      process.stderr.write(`measured again: ${id}: ${trouble}\n`);
    }
    if (performance.now() > endsAt) {
      throw new Error(`${id}: ${trouble}. --anyway measures all the same.`);
    }
    sleep(PAUSE_MS);
  }
}

function busy(cores: number, when: string): string | undefined {
  return cores > MAX_BUSY_CORES ? `${short(cores)} cores were busy right ${when} it` : undefined;
}

/** How many cores other processes keep busy, on average over a moment. */
function busyCores(): number {
  const [before, from] = [busyMs(), performance.now()];
  sleep(LOOK_MS);
  return (busyMs() - before) / (performance.now() - from);
}

function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
