import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { REPOSITORY } from '../../testing/node-red';
import { skip } from '../../testing/skip';

interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

/** npm's answer; undefined where the registry gives none, as mirrors do. */
function audit(...options: string[]): AuditReport['vulnerabilities'] {
  const { stdout } = spawnSync('npm', ['audit', '--json', '--fetch-retries=0', ...options], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    timeout: 60_000,
  });
  const report = (stdout.startsWith('{') ? JSON.parse(stdout) : {}) as AuditReport;
  return report.vulnerabilities;
}

describe('npm audit', function () {
  this.timeout(120_000);

  it('knows of no weakness in what users install', function () {
    const found = audit('--omit=dev');
    if (found === undefined) {
      skip(this, 'this registry does not answer audits');
    }
    assert.deepEqual(found, {});
  });

  it('knows of no weakness in what is used for development, or it is said here', function () {
    const found = audit();
    if (found === undefined) {
      skip(this, 'this registry does not answer audits');
    }
    // No failure: what is found here reaches no user, and is found on any day, whatever was changed.
    for (const [name, { severity }] of Object.entries(found)) {
      process.stdout.write(`    ${name}: ${severity}\n`);
    }
  });
});
