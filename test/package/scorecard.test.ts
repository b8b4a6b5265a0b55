import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReachRegistry, packTarball, unpackTarball } from '../../testing/packed';
import { REPOSITORY } from '../../testing/node-red';
import { lockedPackages } from '../../scripts/locked-packages';
import { LISTED, PACKAGE, isBuilt, read } from './built';
import { registrations, scriptsOf } from './page';
import { skip } from '../../testing/skip';

const FOLDER = join(REPOSITORY, 'test', 'scorecard');
const PROGRAM = join(FOLDER, 'node_modules', 'node-red-dev', 'bin', 'run');

interface Check {
  readonly test: boolean;
  readonly nodes?: readonly string[];
  readonly packages?: readonly string[];
}
type Card = Readonly<Record<string, Check>>;

interface Module {
  readonly id: string;
  readonly types: readonly string[];
}

/** The flow library's own check, on what would be published, outside of this repository and without its modules. */
describe('the scorecard of the flow library (node-red-dev validate)', function () {
  this.timeout(120_000);
  let folder = '';
  let unpacked = '';
  let card: Card = {};

  /** node-red-dev ends with 0 whatever it has found; the card alone tells. */
  function validate(modules: readonly Module[]): Card {
    const file = join(folder, 'card.json');
    fs.rmSync(file, { force: true });
    execFileSync(process.execPath, [PROGRAM, 'validate', '-p', unpacked, '-o', file], {
      cwd: folder,
      env: {
        ...process.env,
        NODE_OPTIONS: `--require ${JSON.stringify(join(FOLDER, 'catalogue.cjs'))}`,
        KVS_FLOW_CATALOGUE: JSON.stringify({ modules }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Card;
  }

  before(function () {
    const missing = !isBuilt()
      ? 'the package is not built'
      : !fs.existsSync(PROGRAM)
        ? 'node-red-dev is not there (npm ci --prefix test/scorecard)'
        : !canReachRegistry()
          ? 'the npm registry cannot be reached'
          : undefined;
    if (missing !== undefined) {
      skip(this, missing);
    }
    folder = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-scorecard-'));
    unpacked = unpackTarball(packTarball(folder), folder);
    card = validate([]);
  });
  after(() => {
    if (folder !== '') {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is green', () => {
    const { package: about, ...checks } = card;
    assert.equal((about as unknown as { name: string }).name, PACKAGE.name);
    assert.deepEqual(Object.keys(checks).sort(), [
      ...['D01', 'D02', 'D03', 'N01', 'N02', 'P01', 'P03', 'P04', 'P05', 'P06', 'P07', 'P08'],
    ]);
    assert.deepEqual(
      Object.entries(checks).filter(([, { test }]) => !test),
      [],
    );
  });

  it('has read every node that is no config node, and found examples of each', () => {
    const wanted = LISTED.flatMap(({ page }) => scriptsOf(read(page)).flatMap(registrations))
      .filter(({ literals }) => literals['category'] !== 'config')
      .map(({ type }) => type);
    assert.ok(wanted.includes('kvs-get-media'));
    assert.deepEqual([...(card['N02']?.nodes ?? [])].sort(), wanted.sort());
  });

  it('has compared the types of every node, config nodes too, with the catalogue', () => {
    const types = LISTED.map(({ type }) => type);
    const taken = validate(types.map((type) => ({ id: `theirs-${type}`, types: [type] })));
    assert.deepEqual(taken['N01'], { test: false, nodes: types.map((type) => `theirs-${type}`) });
  });

  it('P05, which it never fails: the keyword is there', () => {
    assert.ok(PACKAGE.keywords.includes('node-red'));
  });

  it('P08, which it never fails: the name without its scope tells what the package is, and for what', () => {
    assert.match(PACKAGE.name, /^@[a-z-]+\/node-red-.*kinesis-video$/);
  });

  it('D02, of which it checks one dependency alone: no package of the whole tree is among the bad ones', () => {
    const bad = JSON.parse(
      fs.readFileSync(join(FOLDER, 'node_modules', 'node-red-dev', 'src', 'badpackages.json'), 'utf8'),
    ) as Record<string, string>;
    assert.deepEqual(bad, { 'agent-base': '<6.0.0' });
    const agents = lockedPackages().filter(({ name }) => name === 'agent-base');
    assert.deepEqual(
      agents.filter(({ version }) => Number(version.split('.')[0]) < 6),
      [],
    );
  });

  it('D03, which passes over aliases: they allow the latest release', () => {
    for (const range of Object.values(PACKAGE.dependencies)) {
      const [, alias, allowed] = /^npm:(.+)@\^(.+)$/.exec(range) ?? [];
      if (alias !== undefined && allowed !== undefined) {
        const latest = execFileSync('npm', ['view', `${alias}@latest`, 'version'], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        assert.equal(latest.trim().split('.')[0], allowed.split('.')[0], alias);
      }
    }
  });
});
