import assert from 'node:assert/strict';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { REPOSITORY } from '../../testing/node-red';
import { PACKAGE, read } from './built';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly 'runs-on'?: string;
  readonly container?: string;
  readonly uses?: string;
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly {
    readonly type: string;
    readonly id?: string;
    readonly attributes: { readonly label?: string; readonly value?: string };
    readonly validations?: { readonly required: boolean };
  }[];
}

const yaml = (path: string): unknown => load(read(join('.github', path)));
const WORKFLOWS = readdirSync(join(REPOSITORY, '.github', 'workflows'));
const FORMS = readdirSync(join(REPOSITORY, '.github', 'ISSUE_TEMPLATE')).filter(
  (name) => name !== 'config.yml',
);

describe('the workflows', () => {
  for (const file of WORKFLOWS) {
    const { name, on, permissions, jobs } = yaml(`workflows/${file}`) as Workflow;

    it(`${file}: has a name, a trigger, jobs with steps, and may only read unless a job says more`, () => {
      assert.ok(name.length > 0 && Object.keys(on).length > 0);
      assert.deepEqual(permissions, { contents: 'read' });
      for (const [id, job] of Object.entries(jobs)) {
        assert.ok(job.uses !== undefined || (job['runs-on'] !== undefined && job.steps !== undefined), id);
        assert.ok(job.needs === undefined || job.needs in jobs, id);
        for (const step of job.steps ?? []) {
          assert.ok((step.uses === undefined) !== (step.run === undefined), `${id}: either uses or run`);
          assert.match(step.uses ?? 'a/b@v1', /^[\w-]+\/[\w-]+@v\d+$/);
        }
      }
    });

    it(`${file}: runs what is there`, () => {
      for (const { uses, steps = [] } of Object.values(jobs)) {
        assert.ok(uses === undefined || existsSync(join(REPOSITORY, uses)), uses);
        for (const { run = '' } of steps) {
          if (run.startsWith('.ci/')) {
            accessSync(join(REPOSITORY, run), constants.X_OK);
          }
        }
      }
    });
  }

  it('run .ci/run on Node.js 20, 22 and 24, the oldest of which the package names', () => {
    const { jobs, on } = yaml('workflows/test.yml') as Workflow;
    const { test } = jobs;
    assert.deepEqual(test?.strategy?.matrix.node, [20, 22, 24]);
    assert.equal(PACKAGE.engines.node, '>=20');
    assert.ok(test.steps?.some(({ run }) => run === '.ci/run'));
    assert.deepEqual(Object.keys(on).sort(), ['pull_request', 'push', 'workflow_call']);
  });

  it('publish with provenance, after the tests, and hold no token', () => {
    const { jobs, on } = yaml('workflows/release.yml') as Workflow;
    assert.deepEqual(on, { push: { tags: ['v*'] } });
    assert.equal(jobs['test']?.uses, './.github/workflows/test.yml');
    assert.equal(jobs['publish']?.needs, 'test');
    assert.deepEqual(jobs['publish'].permissions, { contents: 'read', 'id-token': 'write' });
    assert.ok(jobs['publish'].steps?.some(({ run }) => /^npm publish .*--provenance/.test(run ?? '')));
    assert.doesNotMatch(read('.github/workflows/release.yml'), /secrets\./);
  });
});

describe('the updates of dependencies', () => {
  it('look at every lock file and at the workflows', () => {
    const { version, updates } = yaml('dependabot.yml') as {
      version: number;
      updates: { 'package-ecosystem': string; directories?: string[]; schedule: { interval: string } }[];
    };
    assert.equal(version, 2);
    const npm = updates.find((update) => update['package-ecosystem'] === 'npm');
    for (const directory of npm?.directories ?? []) {
      assert.ok(existsSync(join(REPOSITORY, directory, 'package-lock.json')), directory);
    }
    assert.equal(npm?.directories?.length, 3);
    assert.ok(updates.some((update) => update['package-ecosystem'] === 'github-actions'));
  });
});

describe('the forms for issues', () => {
  for (const file of FORMS) {
    const { name, description, body } = yaml(`ISSUE_TEMPLATE/${file}`) as Form;

    it(`${file}: has what GitHub asks of a form`, () => {
      assert.ok(name.length > 3 && description.length > 3);
      const ids = body.flatMap(({ id }) => id ?? []);
      assert.equal(new Set(ids).size, ids.length);
      for (const { type, id, attributes } of body) {
        assert.ok(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'].includes(type), type);
        assert.ok(type === 'markdown' ? attributes.value !== undefined : attributes.label !== undefined, id);
        assert.match(id ?? 'none', /^[a-z0-9_-]+$/);
      }
      assert.ok(body.some(({ validations }) => validations?.required === true));
    });
  }

  it('ask for ErrorType, RequestId and versions', () => {
    const { body } = yaml('ISSUE_TEMPLATE/bug.yml') as Form;
    const labels = body.map(({ attributes }) => attributes.label ?? '');
    for (const wanted of [
      'ErrorType',
      'RequestId',
      'Version of the package',
      'Versions of Node-RED and Node.js',
    ]) {
      assert.ok(
        labels.some((label) => label.startsWith(wanted)),
        wanted,
      );
    }
  });
});
