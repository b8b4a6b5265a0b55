/** Bundles a benchmark script, so that node runs it without tsx. */
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { REPOSITORY, bundled } from './paths';

/** Makes a script one file that node runs by itself: under tsx garbage is collected otherwise, and figures halve. */
export function bundle(script: string): void {
  buildSync({
    entryPoints: [join(REPOSITORY, 'bench', script)],
    outfile: bundled(script),
    ...{ bundle: true, platform: 'node', format: 'cjs', packages: 'external', logLevel: 'error' },
  });
}
