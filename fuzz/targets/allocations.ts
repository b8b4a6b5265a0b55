/** Where small slices are gathered, whatever their number. */
const GATHERED = 16 * 1024;

let largest = Infinity;
let isInstalled = false;

/**
 * Runs something that may allocate no buffer larger than all the input there is: what an input only declares must not be
 * allocated.
 */
export function withBoundedAllocations(inputBytes: number, work: () => void): void {
  install();
  largest = Math.max(inputBytes, GATHERED);
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
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const make: (size: number, ...how: never[]) => Buffer<ArrayBuffer> = Buffer[name].bind(Buffer);
    Buffer[name] = (size: number, ...how: never[]) => {
      if (size > largest) {
        throw new Error(`a buffer of ${size} bytes, where ${largest} have come in`);
      }
      return make(size, ...how);
    };
  }
}
