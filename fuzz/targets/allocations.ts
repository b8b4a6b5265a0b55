/** Fails a target that allocates memory for what an input only declares. */
import { raiseTrimThreshold } from '../../src/matroska/malloc-trim-threshold';

/** What is allocated whatever comes, and how many times what has come may be. */
const FIXED = 64 * 1024;
const TIMES = 4;
/** The largest slab of frames. It grows with what was taken, and damaged media may be taken several times. */
const SLAB = 256 * 1024;

let largest = Infinity;
let isInstalled = false;

/**
 * Runs something that may allocate no buffer larger than a few times all the input there is: what an input only declares
 * must not be allocated.
 */
export function withBoundedAllocations(inputBytes: number, work: () => void): void {
  install();
  largest = Math.max(TIMES * inputBytes, FIXED);
  try {
    work();
  } finally {
    largest = Infinity;
  }
}

/** Once for all: to put the functions back each time costs more than all else that is done for an input. */
function install(): void {
  if (isInstalled) {
    return;
  }
  isInstalled = true;
  // Once for the process, whatever comes in.
  raiseTrimThreshold();
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const make: (size: number, ...how: never[]) => Buffer<ArrayBuffer> = Buffer[name].bind(Buffer);
    Buffer[name] = (size: number, ...how: never[]) => {
      if (size > Math.max(largest, SLAB)) {
        throw new Error(`a buffer of ${size} bytes, where ${largest} have come in`);
      }
      return make(size, ...how);
    };
  }
}
