/**
 * Writes docs/licences.md: what users install with this package, and under which licences. To be run after
 * `npm install` has changed the lock.
 *
 * npx tsx scripts/licences.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, lockedPackages } from './locked-packages';

const FILE = join(ROOT, 'docs', 'licences.md');

interface About {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** The packages as they say of themselves, each once. */
export function licencedPackages(): About[] {
  const packages = lockedPackages().map(
    ({ path }) => JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')) as About,
  );
  return [...new Map(packages.map((about) => [`${about.name} ${about.version}`, about])).values()];
}

export function licenceDocs(): string {
  const packages = licencedPackages();
  const names = [...new Set(packages.map(({ license = 'none' }) => license))].sort();
  const count = (name: string): number => packages.filter(({ license = 'none' }) => license === name).length;
  return `# Licences

Made by \`scripts/licences.ts\` from the installed packages; a test holds the two together.

This package is under the [Apache License 2.0](../LICENSE) and holds no code of others. With it npm installs these ${packages.length} packages, each of which brings the text of its licence or names it: ${names.map((name) => `${count(name)} under ${name}`).join(', ')}. None of them runs a script when it is installed. Versions are those of this repository's lock; yours may be newer.

| package | version | licence |
| --- | --- | --- |
${packages.map(({ name, version, license = 'none' }) => `| \`${name}\` | ${version} | ${license} |`).join('\n')}
`;
}

if (require.main === module) {
  writeFileSync(FILE, licenceDocs());
}
