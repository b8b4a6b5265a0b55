import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../testing/node-red';
import { LISTED, isBuilt } from './built';
import { skip } from '../../testing/skip';

/** Nodes may have their entry, routes and shared helpers at start, but not their run time, nor any room of the engine. */
const AT_START = /^dist\/(nodes\/(?!.*\/(runtime|preview-registry)\.js$)|src\/[\w-]+\.js$)/;
/** Today it is 7 kB; a run time loads many times as much. */
const MAX_BYTES_PER_NODE = 12_000;

/** What a process has loaded after it has loaded these files, below the repository. */
function loadedBy(files: readonly string[]): string[] {
  const script = `
    const { relative } = require('node:path');
    for (const file of ${JSON.stringify(files.map((file) => join(REPOSITORY, file)))}) require(file);
    const loaded = Object.keys(require.cache).map((file) => relative(${JSON.stringify(REPOSITORY)}, file));
    console.log(JSON.stringify(loaded));`;
  const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  return (JSON.parse(output) as string[]).map((file) => file.replaceAll('\\', '/'));
}

/** A Node-RED that is idle must not pay: for the measurement see `npm run bench -- --only idle`. */
describe('what is loaded, and when', () => {
  before(function () {
    if (!isBuilt()) {
      skip(this, 'run npm run build first');
    }
  });

  it('with Node-RED: the entries, and nothing of what they do', () => {
    const loaded = loadedBy(LISTED.map(({ script }) => script)).sort();
    const bytes = loaded.reduce((sum, file) => sum + statSync(join(REPOSITORY, file)).size, 0);
    assert.deepEqual(
      loaded.filter((file) => !AT_START.test(file)),
      [],
    );
    assert.ok(bytes / LISTED.length < MAX_BYTES_PER_NODE, `${bytes} bytes in ${loaded.join(', ')}`);
  });

  it('with the first node: no SDK, which comes with the first call', () => {
    const loaded = loadedBy(LISTED.map(({ type }) => `dist/nodes/${type}/runtime.js`));
    assert.ok(loaded.includes('dist/src/session/session.js'));
    assert.deepEqual(
      loaded.filter((file) => !file.startsWith('dist/')),
      [],
    );
    assert.deepEqual(
      loaded.filter((file) => file.startsWith('dist/src/simulator/')),
      [],
    );
  });
});
