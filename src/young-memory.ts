/** Has the memory of media freed while it is young. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * From V8 13 on, which came with Node.js 24, 64 MB of new buffers start a full collection before 128 MB start one of the
 * young objects, which is a hundredth of the work and frees as much where buffers die young.
 * Source: https://github.com/nodejs/node/issues/61967
 */
const isNeeded = Number.parseInt(process.versions.v8, 10) >= 13;
/**
 * Well below 64 MB in all: media come into memory of their own and may be converted into as much again, and what one
 * collection has found to be free may count until the next one.
 */
const BYTES_PER_COLLECTION = 16 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let bytesSince = 0;
let collectYoung: (() => void) | undefined;

/**
 * To be called for media that have come, which take new memory. Frees from time to time what young memory is not needed
 * any more, where V8 does not do so by itself.
 */
export function noteMedia(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince >= BYTES_PER_COLLECTION) {
    bytesSince = 0;
    if (isNeeded) {
      collectYoung ??= youngCollection();
      collectYoung();
    }
  }
}

/** V8 gives a new context a way to collect garbage while a flag is set, and to nobody else. Without it, nothing is done. */
function youngCollection(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('typeof gc === "function" ? gc : undefined') as Collect | undefined;
  setFlagsFromString('--no-expose-gc');
  return () => {
    collect?.({ type: 'minor' });
  };
}
