import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { skip } from '../../testing/skip';

const PROGRAM = join(__dirname, '../../testing/full-collections.ts');
/** Without help it is one for every 46 chunks of 1 MB. */
const MOST_FULL = 2;

describe('the memory of chunks', () => {
  it('is freed by collections of young objects, not by full ones', async function () {
    if (Number.parseInt(process.versions.v8, 10) < 13) {
      skip(this, 'V8 before 13 (Node.js 24) collects young objects in time by itself');
    }
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAM]);
    const { chunks, full } = JSON.parse(stdout) as { chunks: number; full: number };
    assert.ok(chunks > 500, `${chunks} chunks were read`);
    assert.ok(full <= MOST_FULL, `${full} full collections for ${chunks} chunks`);
  });
});
