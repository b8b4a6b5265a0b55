/** What comes of memory while a response is read, counted. */
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

/** Bytes of all memory that these lie in. */
export function heldBytes(buffers: readonly Buffer[]): number {
  const memories = new Set(buffers.map(({ buffer }) => buffer));
  return [...memories].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** How many views of buffers are made meanwhile. */
export function views(run: () => void): number {
  const prototype = Object.getPrototypeOf(Buffer.alloc(0)) as Pick<Buffer, 'subarray'>;
  const subarray = Object.getOwnPropertyDescriptor(prototype, 'subarray')?.value as Buffer['subarray'];
  let count = 0;
  prototype.subarray = function counted(this: Buffer, start?: number, end?: number): Buffer<ArrayBuffer> {
    count += 1;
    return subarray.call(this, start, end) as Buffer<ArrayBuffer>;
  };
  try {
    run();
  } finally {
    prototype.subarray = subarray;
  }
  return count;
}

/** How many bytes are copied from one buffer to another meanwhile. */
export function copiedBytes(run: () => void): number {
  const prototype = Buffer.prototype as Pick<Buffer, 'copy'>;
  const copy = Object.getOwnPropertyDescriptor(prototype, 'copy')?.value as Buffer['copy'];
  let bytes = 0;
  prototype.copy = function counted(this: Buffer, ...to: Parameters<Buffer['copy']>): number {
    const copied = copy.apply(this, to);
    bytes += copied;
    return copied;
  };
  try {
    run();
  } finally {
    prototype.copy = copy;
  }
  return bytes;
}
