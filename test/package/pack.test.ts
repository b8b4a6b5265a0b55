import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { lockedPackages } from '../../scripts/locked-packages';
import { LISTED, PACKAGE, isBuilt, read } from './built';
import { REPOSITORY } from '../../testing/node-red';
import { skip } from '../../testing/skip';

interface PackReport {
  /** Of the tarball, bytes. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** npm's own word for what a release would hold. `npm test` has built already, so no script is run for it. */
function packed(): PackReport {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [report] = JSON.parse(output) as PackReport[];
  assert.ok(report !== undefined);
  return report;
}

describe('the packed package', () => {
  let files: PackReport['files'] = [];
  let size = NaN;

  before(function () {
    if (!isBuilt()) {
      skip(this, 'run npm run build first');
    }
    ({ files, size } = packed());
  });

  it('holds what users need and nothing else', () => {
    const wanted =
      /^(dist\/(nodes|src)\/.+\.(js|html|css|json|svg|mkv)|examples\/[^/]+\.json|[A-Z]+(\.md)?|package\.json)$/;
    assert.deepEqual(
      files.map(({ path }) => path).filter((path) => !wanted.test(path)),
      [],
    );
    assert.deepEqual(
      files.map(({ path }) => path).filter((path) => /(^|[/.])(test|map|spec)([/.]|$)/.test(path)),
      [],
    );
  });

  it('lacks nothing that Node-RED or a user looks for', () => {
    const paths = new Set(files.map(({ path }) => path));
    const needed = [
      'package.json',
      'README.md',
      'LICENSE',
      ...Object.values(PACKAGE.bin),
      ...LISTED.flatMap(({ type, script, page, folder }) => [
        script,
        page,
        `${folder}/locales/en-US/${type}.json`,
        `${folder}/locales/en-US/${type}.html`,
      ]),
      'dist/nodes/icons/kvs-get-media.svg',
      'examples/1-first-stream.json',
    ];
    assert.deepEqual(
      needed.filter((path) => !paths.has(path)),
      [],
    );
  });

  it('names no place on the machine that made it', () => {
    const places = [REPOSITORY, `${homedir()}/`, 'file:///'];
    const text = files.filter(({ path }) => !path.endsWith('.mkv'));
    assert.deepEqual(
      text.filter(({ path }) => places.some((place) => read(path).includes(place))),
      [],
    );
  });

  it('needs at most six other packages, none of them for development', () => {
    const names = Object.keys(PACKAGE.dependencies);
    assert.ok(names.length <= 6, names.join(', '));
    assert.deepEqual(
      names.filter((name) => !/^@(aws-sdk|smithy)\//.test(name)),
      [],
    );
  });

  it('runs no script when it is installed, nor does a package that it brings along', () => {
    const own = Object.keys(PACKAGE.scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name));
    const brought = lockedPackages();
    assert.ok(brought.length > Object.keys(PACKAGE.dependencies).length);
    assert.deepEqual([...own, ...brought.filter(({ hasInstallScript }) => hasInstallScript)], []);
  });

  it('has locks that name no registry', () => {
    for (const lock of [
      'package-lock.json',
      'test/scorecard/package-lock.json',
      'test/node-red-5/package-lock.json',
    ]) {
      assert.doesNotMatch(read(lock), /"resolved"/, lock);
    }
  });

  it('is small, with the texts of five nodes in eight languages', () => {
    assert.ok(size < 1_300_000, `${size} bytes`);
  });

  it('imports only itself, Node.js and those packages', () => {
    const imported = files
      .filter(({ path }) => path.endsWith('.js'))
      .flatMap(({ path }) =>
        [...read(path).matchAll(/require\("([^".][^"]*)"\)/g)].map(([, name = '']) => name),
      )
      .filter((name) => !name.startsWith('node:'))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    assert.deepEqual(
      [...new Set(imported)].filter((name) => !(name in PACKAGE.dependencies)),
      [],
    );
  });

  it('says what the flow library asks for', () => {
    assert.match(PACKAGE.name, /^@[^/]+\/.*node-red/);
    assert.ok(PACKAGE.keywords.includes('node-red'));
    assert.ok(
      PACKAGE.license !== undefined && PACKAGE.repository !== undefined && PACKAGE.bugs !== undefined,
    );
    assert.equal(PACKAGE['node-red'].version, '>=4.0.0');
    assert.equal(PACKAGE.engines.node, '>=20');
  });
});
