import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { REPOSITORY } from '../../testing/node-red';

/** Runs the demo as npm does. It must end by itself, before it builds or starts anything. */
async function demo(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', join('scripts', 'demo.ts'), ...args], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { out, err, exitCode: child.exitCode };
}

describe('the demo, before it starts', () => {
  it('--help: prints its options and succeeds', async () => {
    const { out, err, exitCode } = await demo('--help');
    assert.match(out, /--port PORT[^]*--simulator-port PORT[^]*--file FILE/);
    assert.equal(err, '');
    assert.equal(exitCode, 0);
  });

  it('an unknown option: names it and prints the options, without a stack', async () => {
    const { out, err, exitCode } = await demo('--colour');
    assert.match(err, /--colour[^]*--port PORT/);
    assert.doesNotMatch(err, /^ +at /m);
    assert.equal(out, '');
    assert.equal(exitCode, 1);
  });

  it('a word that means nothing: names it, and prints the options', async () => {
    const { err, exitCode } = await demo('3');
    assert.match(err, /3 means nothing here\.[^]*--fleet \[NUMBER\]/);
    assert.equal(exitCode, 1);
  });

  it('a file that does not exist: says so before the build', async () => {
    const { out, err } = await demo('--file', 'no-such.mkv');
    assert.match(err, /There is no file .*no-such\.mkv/);
    assert.equal(out, '');
  });

  it('a taken port: says so before the build', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const { out, err, exitCode } = await demo('--port', String(port));
      assert.match(err, new RegExp(`Port ${port} is taken by another program`));
      assert.equal(out, '');
      assert.equal(exitCode, 1);
    } finally {
      server.close();
      await once(server, 'close');
    }
  });
});
