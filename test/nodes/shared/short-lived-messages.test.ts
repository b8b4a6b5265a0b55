import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = join(__dirname, '../../../testing/old-frame-messages.ts');
/** As large as new space becomes when much is read: V8 decides about objects when it can grow no further. */
const FULL_SIZE = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const MOST_BYTES = 500_000;

describe('messages of frames', () => {
  it('are made among young objects, even if the first ones were alive at a full collection', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...FULL_SIZE,
      '--import',
      'tsx',
      PROGRAM,
    ]);
    assert.match(stdout, /^-?\d+\n$/);
    assert.ok(Number(stdout) < MOST_BYTES, `messages have made ${stdout.trim()} bytes of old objects`);
  });
});
