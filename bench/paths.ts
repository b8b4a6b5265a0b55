/** Where the benchmarks find the package, its compiled modules and their own bundles. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** npm starts scripts in the package's folder; a bundled script does not know where it came from. */
export const REPOSITORY = process.cwd();
export const BUILD = join(REPOSITORY, 'build', 'bench');
/** The package as it would be published, copied so that a build beside the run does not reach into it. */
export const PACKAGE = join(BUILD, 'package');

/** Takes a copy of the built package, which has to be there. */
export function stagePackage(): void {
  const staging = `${PACKAGE}-${process.pid}`;
  mkdirSync(staging, { recursive: true });
  cpSync(join(REPOSITORY, 'dist'), join(staging, 'dist'), { recursive: true });
  cpSync(join(REPOSITORY, 'package.json'), join(staging, 'package.json'));
  rmSync(PACKAGE, { recursive: true, force: true });
  renameSync(staging, PACKAGE);
}

/** A compiled module of the copy: what users run, rather than what tsx makes of the sources. */
export function compiled(module: string): unknown {
  if (!existsSync(PACKAGE)) {
    throw new Error('There is no copy of the package: start with `npm run bench`.');
  }
  return createRequire(__filename)(join(PACKAGE, 'dist', module));
}

/** Where `bundle` puts a script of this folder: `reader/task.ts` at `build/bench/reader-task.js`. */
export function bundled(script: string): string {
  return join(BUILD, `${dirname(script)}-${basename(script, '.ts')}.js`);
}
