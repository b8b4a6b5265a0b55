import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorDocs } from '../../scripts/error-docs';
import { REPOSITORY } from '../../testing/node-red';

describe('what is written of errors', () => {
  it('docs/reference/errors.md is what the session does (npx tsx scripts/error-docs.ts)', () => {
    assert.equal(readFileSync(join(REPOSITORY, 'docs', 'reference', 'errors.md'), 'utf8'), errorDocs());
  });

  it('docs/reference/errors.md names every ErrorType that this package gives an error', () => {
    const page = readFileSync(join(REPOSITORY, 'docs', 'reference', 'errors.md'), 'utf8');
    const files = ['src', 'nodes']
      .flatMap((folder) =>
        readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
          join(folder, file),
        ),
      )
      .filter((file) => file.endsWith('.ts') && !/simulator|dialog|page/.test(file));
    const given = files.flatMap((file) =>
      [
        ...readFileSync(join(REPOSITORY, file), 'utf8').matchAll(
          /(?:ErrorType: |localError\(\s*|#failure\(\s*|ConversionError\(\s*|DecoderError\(\s*)'(\w+)'/g,
        ),
      ].map(([, name = '']) => name),
    );
    assert.ok(given.length > 20, given.join());
    assert.deepEqual(
      [...new Set(given)].filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });
});
