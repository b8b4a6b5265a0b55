import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Simulator } from '../../src/simulator';
import { Collector, simulatorConfig } from '../../testing/collector';
import { ConnectProxy } from '../../testing/connect-proxy';
import { fetchOnce } from '../../testing/fetch-once';
import { startNodeRed, type RunningNodeRed } from '../../testing/node-red';
import { pageKeyHeader } from '../../testing/page-key';
import { EchoService } from './echo-service';
import {
  ACCOUNTS_WITH_KEYS,
  ARCHIVE_CALLS,
  KEYS,
  ODD_KEYS,
  OUTPUTS,
  PROFILES,
  PROXY_LOGIN,
  SECRETS,
  WRONG_SECRET,
  failingFlows,
} from './failing-flows';
import { leakIn, marksOf } from './leak-search';

/** Open while the flows are deployed; from then on for users of the usual kinds alone, each with its name for password. */
const USERS = `module.exports.adminAuth = {
  type: 'credentials',
  users: (name) => Promise.resolve(
    name === 'owner' ? { username: name, permissions: '*' } : name === 'reader' ? { username: name, permissions: 'read' } : null),
  authenticate: (name, password) => Promise.resolve(
    name !== password ? null : name === 'owner' ? { username: name, permissions: '*' } : { username: name, permissions: 'read' }),
  default: () => Promise.resolve(
    require('fs').existsSync(__dirname + '/closed') ? null : { anonymous: true, permissions: '*' }),
};
module.exports.contextStorage = { default: { module: 'localfilesystem', config: { cache: false } } };
module.exports.logging = { console: { level: 'trace', metrics: true, audit: true } };`;

describe('secrets in a real Node-RED, under every kind of failure', function () {
  this.timeout(180_000);
  const simulator = new Simulator({
    ...KEYS,
    idleEndMs: 300,
    callsPerSecond: 1_000,
    connectionsPerStream: 10,
  });
  const echo = new EchoService([Object.values(KEYS), Object.values(ODD_KEYS)]);
  const proxy = new ConnectProxy({ refuseWith: 403 });
  const collector = new Collector();
  /** By the id of the node that must tell of an error. */
  let loud: ReadonlySet<string> = new Set();
  let nodeRed: RunningNodeRed | undefined;
  let shared = '';

  const running = (): RunningNodeRed => {
    assert.ok(nodeRed !== undefined);
    return nodeRed;
  };
  /** The tokens of the addresses for players, each of which opens the media to whoever has it. */
  const sessionTokens = (): string[] =>
    collector.messages
      .filter(({ output, payload }) => (output as string) === 'address' && typeof payload === 'string')
      .map(({ payload }) => new URL(String(payload)).searchParams.get('SessionToken') ?? '');
  const marks = (): string[] => [
    ...marksOf([...SECRETS, ...sessionTokens()]),
    ...[...echo.signatures].map((text) => text.slice(0, 24)),
  ];

  before(async () => {
    await simulator.start();
    await echo.start();
    await collector.start();
    await proxy.listen();
    const closedPort = await portThatIsClosed();
    const failing = failingFlows({ simulator, echo, proxy, collector, closedPort });
    loud = failing.loud;
    shared = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-shared-'));
    fs.writeFileSync(join(shared, 'config'), PROFILES);
    fs.writeFileSync(join(shared, 'credentials'), '');
    nodeRed = await startNodeRed({
      settingsScript: USERS,
      env: {
        AWS_CONFIG_FILE: join(shared, 'config'),
        AWS_SHARED_CREDENTIALS_FILE: join(shared, 'credentials'),
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      flows: failing.flows,
      credentials: {
        ...Object.fromEntries(
          ['config', 'config-echo', ...ACCOUNTS_WITH_KEYS.map((name) => `config-${name}`)].map((id) => [
            id,
            KEYS,
          ]),
        ),
        proxy: PROXY_LOGIN,
        'no-proxy': PROXY_LOGIN,
        'config-odd': ODD_KEYS,
        'config-wrong': { ...KEYS, secretAccessKey: WRONG_SECRET },
        'config-missing': { secretAccessKey: KEYS.secretAccessKey, sessionToken: KEYS.sessionToken },
      },
    });
    await collector.until(
      'an error of every node that has one, and the addresses',
      () => {
        const told = new Set(collector.of('errors').map(({ topic }) => topic));
        return [...loud].every((stream) => told.has(stream)) && sessionTokens().length === 2;
      },
      120_000,
    );
    fs.writeFileSync(join(nodeRed.userDir, 'closed'), '');
  });
  after(async () => {
    await nodeRed?.stop();
    await collector.stop();
    await echo.stop();
    await proxy.close();
    await simulator.stop();
    fs.rmSync(shared, { recursive: true, force: true });
  });

  it('are looked for where they would show', () => {
    assert.ok(leakIn(`x ${KEYS.secretAccessKey} x`, marks()) !== undefined);
    assert.ok(leakIn(`"${encodeURIComponent(ODD_KEYS.secretAccessKey)}"`, marks()) !== undefined);
    assert.ok(leakIn(Buffer.from(`user:${KEYS.sessionToken}`).toString('base64'), marks()) !== undefined);
    const { secretAccessKey } = ODD_KEYS;
    const everyByte = Buffer.from(secretAccessKey).toString('hex').replace(/../g, '%$&');
    for (const spelled of [
      secretAccessKey.replaceAll(' ', '+'),
      JSON.stringify(secretAccessKey.replaceAll(' ', ' \r\n\u200b')),
      everyByte,
      encodeURIComponent(everyByte),
      JSON.stringify(JSON.stringify(JSON.stringify(KEYS.secretAccessKey.replaceAll('/', '\\/')))),
    ]) {
      assert.ok(leakIn(`x ${spelled} x`, marks()) !== undefined, spelled);
    }
    assert.ok(sessionTokens().every((token) => token.length >= 64));
    assert.ok(leakIn(`?SessionToken=${sessionTokens()[0] ?? ''}`, marks()) !== undefined);
    assert.ok(echo.signatures.size > 50, 'signatures were seen');
    assert.ok(proxy.asked.length > 0, 'the proxy was asked');
    assert.ok(collector.of('errors').length >= loud.size);
    assert.ok(collector.of('caught').length > 20);
    assert.ok(collector.of('status').length > 50);
  });

  for (const output of OUTPUTS) {
    it(`are in no message: ${output}`, () => {
      const found = marks();
      for (const message of collector.of(output)) {
        assert.equal(
          leakIn(JSON.stringify({ ...message, bytes: undefined }), found),
          undefined,
          message.topic,
        );
      }
    });
  }

  it('are in no line of the log at its most talkative', () => {
    const found = marks();
    assert.ok(running().log.length > 200);
    const log = running().log.join('\n');
    assert.equal(leakIn(log, found), undefined);
    assert.doesNotMatch(log, /AWS4-HMAC-SHA256/i);
  });

  it('are in no file that Node-RED has written, but for its own encrypted one', () => {
    const found = marks();
    // A context file is written under another name, which is gone a moment later.
    const files = filesIn(running().userDir).filter(
      (file) => !file.endsWith('.tmp') && !fs.lstatSync(file).isSymbolicLink(),
    );
    assert.ok(files.some((file) => file.endsWith('flows.json')));
    assert.ok(
      files.some((file) => file.includes(join('context', 'tab'))),
      'checkpoints are kept',
    );
    for (const file of files) {
      // Encrypted, so it holds nothing that could be found.
      const name = relative(running().userDir, file);
      assert.equal(leakIn(fs.readFileSync(file, 'latin1'), found), undefined, name);
    }
  });

  describe('asked for by', () => {
    const ask = async (path: string, token?: string, body?: object): Promise<Response> =>
      fetchOnce(`${running().url}/${path}`, {
        headers: {
          ...(await pageKeyHeader(running().url)),
          'Content-Type': 'application/json',
          'Node-RED-API-Version': 'v2',
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
    async function tokenOf(user: string): Promise<string> {
      const answer = await ask('auth/token', undefined, {
        ...{ client_id: 'node-red-editor', grant_type: 'password', scope: user === 'owner' ? '*' : 'read' },
        ...{ username: user, password: user },
      });
      const { access_token: token } = (await answer.json()) as { readonly access_token: string };
      return token;
    }
    /** Neither the secret key nor the token; the access key id is shown to those who may see the dialog. */
    const hidden = (): string[] =>
      marksOf(SECRETS.filter((secret) => secret !== KEYS.accessKeyId && secret !== ODD_KEYS.accessKeyId));

    const TYPED = {
      ...simulatorConfig('', 'config'),
      accessKeyId: KEYS.accessKeyId,
      secretAccessKey: '__PWRD__',
    };
    const questions = (): readonly (readonly [path: string, body?: object])[] => [
      ['flows'],
      ['flow/tab'],
      ['flow/global'],
      ['credentials/kvs-config/config'],
      ['credentials/kvs-config/config-odd'],
      ['credentials/http proxy/proxy'],
      ['kvs-config/config-proxied/streams', {}],
      ['kvs-config/config/streams', {}],
      ['kvs-config/config-wrong/streams', {}],
      ['kvs-config/config-echo/streams', {}],
      ['kvs-config/config-odd/streams', {}],
      ['kvs-config/config-printing/streams', {}],
      ['kvs-config/test', { ...TYPED, endpoint: simulator.endpoint, sessionToken: '__PWRD__' }],
      ['kvs-config/test', { ...TYPED, endpoint: echo.endpoint, sessionToken: '__PWRD__' }],
      ['kvs-config/test', { ...TYPED, ...KEYS, endpoint: echo.endpoint }],
      ...ARCHIVE_CALLS.map(({ operation, output, protocol }): [string, object] => [
        'kvs-archive/config/test',
        { stream: `archive-${operation}`, output, protocol },
      ]),
      ['kvs-archive/config-echo/test', { stream: 'archive', output: 'url', protocol: 'HLS' }],
      ['kvs-archive/config/test', { stream: 'archive', output: 'url', protocol: 'HLS' }],
      ...['table-denied.0', 'json-type.1', 'table-missing.2', 'status-200.3'].flatMap((table, i) =>
        ['test', 'create'].map((action): [string, object] => [
          `kvs-fleet/config-${i % 2 === 0 ? 'echo' : 'odd'}/table`,
          { action, table, tableEndpoint: echo.endpoint },
        ]),
      ),
      ['settings'],
      ['context/node/media'],
    ];

    it('nobody: are not told, nor is anything else', async () => {
      for (const [path, body] of questions()) {
        assert.equal((await ask(path, undefined, body)).status, 401, path);
        assert.equal((await ask(path, 'made-up', body)).status, 401, path);
      }
    });

    for (const user of ['reader', 'owner']) {
      it(`a user with the permissions of "${user}": are not told`, async () => {
        const token = await tokenOf(user);
        const statuses = new Map<string, number>();
        for (const [path, body] of questions()) {
          const answer = await ask(path, token, body);
          const text = await answer.text();
          statuses.set(path, answer.status);
          assert.equal(leakIn(text, path.startsWith('credentials') ? hidden() : marks()), undefined, path);
        }
        assert.equal(statuses.get('flows'), 200);
        assert.equal(statuses.get('kvs-config/config/streams'), 200);
        assert.equal(statuses.get('kvs-archive/config/test'), 200);
        assert.equal(statuses.get('kvs-config/config-wrong/streams'), 502);
        assert.equal(
          statuses.get('kvs-config/test') === 401,
          user === 'reader',
          'a test needs the right to write',
        );
      });
    }
  });
});

function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    });
}

async function portThatIsClosed(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
