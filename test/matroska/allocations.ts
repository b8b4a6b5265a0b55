import { raiseTrimThreshold } from '../../src/matroska/malloc-trim-threshold';

/** The sizes of the blocks of memory that are allocated meanwhile. */
export function allocations(run: () => void): number[] {
  // Once for the process, whichever test comes first.
  raiseTrimThreshold();
  const sizes: number[] = [];
  const allocate = Buffer.allocUnsafeSlow.bind(Buffer);
  Buffer.allocUnsafeSlow = (size) => {
    sizes.push(size);
    return allocate(size);
  };
  try {
    run();
  } finally {
    Buffer.allocUnsafeSlow = allocate;
  }
  return sizes;
}
