/** The packages that users install with this one, as package-lock.json has them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '..');

/** A package of the run-time dependency tree: one that users install. */
export interface LockedPackage {
  readonly name: string;
  /** Its folder below the repository. */
  readonly path: string;
  readonly version: string;
  readonly hasInstallScript: boolean;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly name?: string;
        readonly version?: string;
        readonly dev?: boolean;
        readonly devOptional?: boolean;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

/** What `npm install` of this package brings along, as locked. */
export function lockedPackages(): LockedPackage[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path, { name, version = '', hasInstallScript = false }]) => ({
      name: name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      path,
      version,
      hasInstallScript,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
