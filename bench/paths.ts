import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

export const REPOSITORY = resolve(__dirname, '..');
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
