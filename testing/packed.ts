/** Packs the package as for a release, and installs it as users do. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './node-red';

/** npm's answer to whether its registry can be reached: these tests are for machines with a network. */
export function canReachRegistry(): boolean {
  try {
    const options = ['--prefer-online', '--fetch-retries=0', '--fetch-timeout=15000'];
    execFileSync('npm', ['view', ...options, 'https-proxy-agent', 'version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Packs what a release would hold, with dist/ as it is built.
 *
 * @param folder where the tarball is written
 * @returns the tarball's path
 */
export function packTarball(folder: string): string {
  return pack(REPOSITORY, folder);
}

/** The same as another version. @returns the new tarball's path */
export function repackTarball(tarball: string, folder: string, version: string): string {
  const unpacked = unpackTarball(tarball, join(folder, `unpacked-${version}`));
  const file = join(unpacked, 'package.json');
  const about = JSON.parse(fs.readFileSync(file, 'utf8')) as object;
  fs.writeFileSync(file, JSON.stringify({ ...about, version }));
  return pack(unpacked, folder);
}

/** @returns the folder of the unpacked package */
export function unpackTarball(tarball: string, folder: string): string {
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  return join(folder, 'package');
}

function pack(source: string, folder: string): string {
  const output = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: source,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [report] = JSON.parse(output) as { filename: string }[];
  return join(folder, report?.filename ?? '');
}
