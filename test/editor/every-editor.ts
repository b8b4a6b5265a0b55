import * as fs from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../testing/node-red';
import { NODE_RED_LINES, lacking, type NodeRedLine } from '../../testing/node-red-lines';
import { NODE_TYPES } from '../nodes/definition';
import { CHROMIUM } from './browser';
import { skip } from '../../testing/skip';

/**
 * The same tests in the editor of every release of Node-RED that the package is for; where one cannot run here, its
 * tests are skipped and say why.
 *
 * @param what ends in the words that a release's name follows, such as `the dialogs in the editor of`
 */
export function inEveryEditor(what: string, suite: (line: NodeRedLine) => void): void {
  inEditors(NODE_RED_LINES, what, suite);
}

/** In the oldest release alone: for what depends on our own pages, which are the same beside every editor. */
export function inOneEditor(what: string, suite: (line: NodeRedLine) => void): void {
  inEditors(
    NODE_RED_LINES.filter(({ major }) => major === 4),
    what,
    suite,
  );
}

function inEditors(lines: readonly NodeRedLine[], what: string, suite: (line: NodeRedLine) => void): void {
  for (const line of lines) {
    describe(`${what} ${line.name}`, function () {
      this.timeout(60_000);
      before(function () {
        const why = missing(line);
        if (why !== undefined) {
          skip(this, why);
        }
      });
      suite(line);
    });
  }
}

function missing(line: NodeRedLine): string | undefined {
  if (CHROMIUM === undefined) {
    return 'no Chromium here';
  }
  const isBuilt = NODE_TYPES.flatMap((type) => [`${type}.js`, `${type}.html`]).every((name) =>
    fs.existsSync(join(REPOSITORY, 'dist', 'nodes', name)),
  );
  return isBuilt ? lacking(line) : 'run npm run build first';
}
