import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorDocs } from '../../scripts/error-docs';
import { ERROR_TABLE } from '../../src/session/error-table';
import { REPOSITORY } from '../../testing/node-red';

describe('what is written of errors', () => {
  it('docs/errors.md is what the session does (npx tsx scripts/error-docs.ts)', () => {
    assert.equal(readFileSync(join(REPOSITORY, 'docs', 'errors.md'), 'utf8'), errorDocs());
  });

  it('the README names no ErrorType that the session does not know', () => {
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    const section = /## Errors and what to do\n([^]*?)\n## /.exec(readme)?.[1] ?? '';
    const named = [...section.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, name = '']) => name);
    assert.ok(named.length > 15);
    assert.deepEqual(
      named.filter((name) => !Object.hasOwn(ERROR_TABLE, name)),
      [],
    );
  });
});
