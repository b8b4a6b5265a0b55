/** Garbage collection on demand, for tests of what is still referred to. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { readonly type: 'minor' }) => void;

/**
 * Resolves when everything has been collected that nothing refers to.
 *
 * @param kind a minor collection finds only what is young: it has survived no two collections
 */
export async function collectGarbage(kind: 'full' | 'minor' = 'full'): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  // What a WeakRef has given is held until the current job ends.
  await new Promise(setImmediate);
  if (kind === 'minor') {
    collect({ type: 'minor' });
  } else {
    // An argument that is undefined is another thing than none: Node.js 22 does nothing then.
    collect();
  }
}
