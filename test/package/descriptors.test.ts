import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectProxy } from '../../testing/connect-proxy';
import { REPOSITORY } from '../../testing/node-red';
import { StubService, json } from '../kinesis-video/stub-service';
import { isBuilt } from './built';
import { skip } from '../../testing/skip';

const KEYS = "{ kind: 'keys', accessKeyId: 'AKIAEXAMPLEEXAMPLE12', secretAccessKey: 'secret/Key+0' }";

/** Runs a program that takes all file descriptors but a few, does `work`, frees them, and does it again. */
async function outcomes(work: string, left: number, env: NodeJS.ProcessEnv): Promise<string[]> {
  const program = `
    const fs = require('node:fs');
    const loadRuntime = () => require('./dist/nodes/kvs-config/runtime.js');
    const { KinesisVideoService } = ${left < 0 ? '{}' : "require('./dist/src/kinesis-video')"};
    const held = [];
    try { for (;;) held.push(fs.openSync('/dev/null')); } catch (error) { if (error.code !== 'EMFILE') throw error; }
    for (let i = 0; i < ${Math.max(0, left)}; i++) fs.closeSync(held.pop());
    const attempt = async () => { ${work} };
    (async () => {
      const said = [await attempt().then(() => 'done', (error) => String(error.networkCode ?? error.code ?? error.message))];
      for (const descriptor of held.splice(0)) fs.closeSync(descriptor);
      said.push(await attempt().then(() => 'done', (error) => error.stack));
      console.log(JSON.stringify(said));
      process.exit();
    })();`;
  const child = spawn('sh', ['-c', 'ulimit -n 100 && exec "$0" --eval "$1"', process.execPath, program], {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const part of child.stdout) {
    text += String(part);
  }
  return JSON.parse(text) as string[];
}

describe('a moment without file descriptors at the first use', function () {
  this.timeout(60_000);
  let stub: StubService;
  let proxy: ConnectProxy;
  let folder: string;

  before(async function () {
    if (!isBuilt() || process.platform === 'win32') {
      skip(this, 'this needs npm run build and a system with ulimit');
    }
    stub = await new StubService().listen();
    stub.answers.set('/listStreams', json(200, { StreamInfoList: [] }));
    stub.answers.set('/getMedia', json(200, {}));
    proxy = await new ConnectProxy({ refuseWith: 403 }).listen();
    folder = mkdtempSync(join(tmpdir(), 'kvs-flow-'));
    writeFileSync(
      join(folder, 'credentials'),
      '[camera]\naws_access_key_id = AKIACAMERA\naws_secret_access_key = s\n',
    );
    writeFileSync(join(folder, 'config'), '');
  });
  after(async () => {
    await stub.close();
    await proxy.close();
    rmSync(folder, { recursive: true });
  });

  const uses: Readonly<Record<string, () => string>> = {
    'a call with keys': () => `
      globalThis.service ??= new KinesisVideoService({ region: 'eu-west-1', credentials: ${KEYS}, endpoint: '${stub.url}' });
      await service.listStreams();`,
    'a call with a profile': () => `
      globalThis.service ??= new KinesisVideoService({ region: 'eu-west-1', credentials: { kind: 'profile', profile: 'camera' }, endpoint: '${stub.url}' });
      await service.listStreams();`,
    'media over node:https': () => `
      globalThis.service ??= new KinesisVideoService({ region: 'eu-west-1', credentials: ${KEYS}, endpoint: '${stub.url}', mediaTransport: 'https' });
      (await service.getMedia({ StreamName: 'x' }, { StartSelectorType: 'NOW' }, new AbortController().signal)).close();`,
    'a call through a proxy': () => `
      globalThis.service ??= new KinesisVideoService({ region: 'eu-west-1', credentials: ${KEYS}, network: { proxy: { url: '${proxy.url}' } } });
      await service.listStreams().catch((error) => { if (!/it answered HTTP 403/.test(error.message)) throw error; });`,
  };
  for (const [what, work] of Object.entries(uses)) {
    for (const left of [0, 3, 17]) {
      it(`does not outlast the moment: ${what}, with ${left} left`, async () => {
        const [first, second] = await outcomes(work(), left, {
          AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
          AWS_CONFIG_FILE: join(folder, 'config'),
          AWS_EC2_METADATA_DISABLED: 'true',
        });
        assert.equal(second, 'done');
        assert.ok(first === 'done' || first === 'EMFILE', first);
      });
    }
  }

  it('does not outlast the moment: the run time, loaded with the first node', async () => {
    const [first = '', second] = await outcomes('loadRuntime().Account;', -1, {});
    // Node.js 24 calls a package.json that it cannot open an invalid one.
    assert.ok(['EMFILE', 'ERR_INVALID_PACKAGE_CONFIG'].includes(first), first);
    assert.equal(second, 'done');
  });
});
