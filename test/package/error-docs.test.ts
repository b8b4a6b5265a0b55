import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorDocs } from '../../scripts/error-docs';
import { REPOSITORY } from '../../testing/node-red';

describe('what is written of errors', () => {
  it('docs/reference/errors.md is what the session does (npx tsx scripts/error-docs.ts)', () => {
    assert.equal(readFileSync(join(REPOSITORY, 'docs', 'reference', 'errors.md'), 'utf8'), errorDocs());
  });
});
