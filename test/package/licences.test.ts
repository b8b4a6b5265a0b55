import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { licenceDocs, licencedPackages } from '../../scripts/licences';
import { REPOSITORY } from '../../testing/node-red';

/** Licences that ask for nothing but their notice, which each package carries itself. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

describe('the licences of what is installed with the package', () => {
  it('docs/licences.md is what is installed (npx tsx scripts/licences.ts)', () => {
    assert.equal(readFileSync(join(REPOSITORY, 'docs', 'licences.md'), 'utf8'), licenceDocs());
  });

  it('are permissive', () => {
    assert.deepEqual(
      licencedPackages().filter(({ license = 'none' }) => !PERMISSIVE.includes(license)),
      [],
    );
  });
});
