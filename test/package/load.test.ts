import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from '../../testing/node-red';
import { LISTED, isBuilt } from './built';

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
      this.skip();
    }
  });

  it('with Node-RED: the entries, and nothing of what they do', () => {
    const entries = LISTED.map(({ script }) => script);
    const loaded = loadedBy(entries);
    assert.deepEqual(loaded.filter((file) => !entries.includes(file)).sort(), [
      'dist/nodes/kvs-config/admin-routes.js',
      'dist/nodes/kvs-config/kvs-config.js',
      'dist/nodes/kvs-convert/kvs-convert.js',
      'dist/nodes/kvs-get-media/context-stores.js',
      'dist/nodes/kvs-get-media/kvs-get-media.js',
      'dist/nodes/preview/extend-kvs-get-media.js',
      'dist/nodes/preview/routes.js',
      'dist/nodes/shared/admin-answer.js',
      'dist/nodes/shared/flows-started.js',
      'dist/nodes/shared/page-key.js',
      'dist/nodes/shared/same-origin.js',
      'dist/src/is-record.js',
    ]);
  });

  it('with the first node: no SDK, which comes with the first call', () => {
    const loaded = loadedBy(['dist/nodes/kvs-config/runtime.js', 'dist/nodes/kvs-get-media/runtime.js']);
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
