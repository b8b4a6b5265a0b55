import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../../testing/node-red';

export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly keywords: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
  readonly license?: string;
  readonly repository?: object;
  readonly bugs?: object;
  readonly 'node-red': { readonly version: string; readonly nodes: Readonly<Record<string, string>> };
}

export const PACKAGE = JSON.parse(fs.readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as PackageFile;

/** A node as package.json lists it: its type and the folder in which Node-RED looks for all that belongs to it. */
export const LISTED = Object.entries(PACKAGE['node-red'].nodes).map(([type, script]) => ({
  type,
  script,
  page: script.replace(/\.js$/, '.html'),
  folder: dirname(script),
}));

export function isBuilt(): boolean {
  return LISTED.every(({ script, page }) =>
    [script, page].every((path) => fs.existsSync(join(REPOSITORY, path))),
  );
}

export function read(path: string): string {
  return fs.readFileSync(join(REPOSITORY, path), 'utf8');
}
