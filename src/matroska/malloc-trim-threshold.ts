/** Keeps the C library from giving the memory of media back to the system again and again. */

const BLOCK_BYTES = 24 * 1024 * 1024;

let isKept = false;

/**
 * Lets the C library keep up to 48 MB of freed memory for the next chunks, once for the process. glibc gives memory back
 * to the system as soon as twice as much lies free at the end of the heap as the largest block had that was ever freed:
 * with chunks of 2 MB, at each garbage collection. Every page of the chunks that follow is then paid for anew, by a
 * fault that takes several times as long as to fill it. A large block that nobody ever touches, and which so takes no
 * memory, raises the bound when it is freed, as one large chunk would have. Where the C library is another one nothing
 * changes.
 */
export function raiseTrimThreshold(): void {
  if (!isKept) {
    isKept = true;
    Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }
}
