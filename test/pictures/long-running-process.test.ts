import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LongRunningProcess } from '../../src/pictures/long-running-process';
import { skip } from '../../testing/skip';

/** Long enough to start a program; none of these does anything useful before. */
const STALL_MS = 300;
const LONG_MS = 600_000;
const SILENT = { key: 'decoder.silent', data: { silentMs: STALL_MS } };

describe('a decoder that does not behave', function () {
  let folder = '';
  before(function () {
    if (process.platform === 'win32') {
      skip(this, 'the programs are shell scripts');
    }
    folder = mkdtempSync(join(tmpdir(), 'kvs-decoder-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function programOf(script: string): string {
    const path = join(folder, `${script.replace(/\W+/g, '-')}.sh`);
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }

  it('is stopped when it does not read', async () => {
    const decoder = new LongRunningProcess(programOf('exec sleep 600'), [], () => false, STALL_MS);
    await decoder.write(Buffer.alloc(4_000_000));
    const { exitCode, failure } = await decoder.ended;
    assert.deepEqual([exitCode, failure], [null, SILENT]);
  });

  it('is stopped when it does not end', async () => {
    const decoder = new LongRunningProcess(programOf('exec sleep 600'), [], () => false, STALL_MS);
    const { failure } = await decoder.finish();
    assert.deepEqual(failure, SILENT);
  });

  it('is stopped when it writes for ever and gives nothing', async () => {
    const decoder = new LongRunningProcess(programOf('exec yes'), [], () => false, STALL_MS);
    const { failure } = await decoder.finish();
    assert.deepEqual(failure, SILENT);
  });

  it('counts as ended when it was stopped, although what it has started continues', async () => {
    let found: (pid: number) => void = () => undefined;
    const started = new Promise<number>((resolve) => (found = resolve));
    const program = programOf('sleep 600 &\necho $!\nwait');
    const decoder = new LongRunningProcess(
      program,
      [],
      (bytes) => {
        found(Number(bytes.toString()));
        return true;
      },
      LONG_MS,
    );
    const pid = await started;
    try {
      decoder.stop();
      await decoder.ended;
      assert.ok(process.kill(pid, 0), 'it still runs');
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});
