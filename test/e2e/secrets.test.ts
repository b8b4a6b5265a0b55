import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ERROR_TABLE, IN_BAND_TABLE } from '../../src/session';
import { Simulator, type Fault } from '../../src/simulator';
import { Collector, mediaNode, simulatorConfig } from '../../testing/collector';
import { ConnectProxy } from '../../testing/connect-proxy';
import { fetchOnce } from '../../testing/fetch-once';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { pageKeyHeader } from '../../testing/page-key';
import { ECHOES, EchoService, TABLE_ECHOES } from './echo-service';

/** Values that nothing else contains, in the shapes that AWS gives such values. None has ever been anyone's. */
const KEYS = {
  accessKeyId: 'ASIACANARYCANARY0001',
  secretAccessKey: 'cAnArY/Secret+Key/0123456789abcdefghijkl',
  sessionToken: `IQoJcAnArY//////////${'tOkEn+/0123'.repeat(30)}==`,
};
/** In shapes that AWS does not give them, so that only their being known can keep them back. */
const ODD_KEYS = {
  accessKeyId: 'canary-key-of-another-kind',
  secretAccessKey: 'canary secret, with blanks & marks <">',
  sessionToken: 'canary;token;of;another;kind',
};
const WRONG_SECRET = 'cAnArY/Wrong+Secret/0123456789abcdefghij';
const IN_FILE = 'cAnArYiNaFiLe0123456789abcdefghijklmnopq';
const PROXY_LOGIN = { username: 'proxy-user', password: 'cAnArY/Proxy+Password/0123456789' };
const SECRETS = [
  ...Object.values(KEYS),
  ...Object.values(ODD_KEYS),
  ...[WRONG_SECRET, IN_FILE, PROXY_LOGIN.password],
];

/** So much of a secret is a leak. */
const LEAK_CHARACTERS = 14;

/** Parts of secrets as they may be spelled, in lower case. */
function marksOf(secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const parts = [secret.slice(0, LEAK_CHARACTERS), secret.slice(-LEAK_CHARACTERS)];
    const encoded = [secret, `:${secret}`, `::${secret}`].map((text, i) =>
      // Whatever stands before it in a base64 text, one of these three spellings is within.
      Buffer.from(text)
        .toString('base64')
        .slice(4, 4 + LEAK_CHARACTERS + i),
    );
    return [
      ...parts,
      ...parts.map(encodeURIComponent),
      ...parts.map((part) => JSON.stringify(part).slice(1, -1)),
      ...encoded,
      Buffer.from(secret)
        .toString('hex')
        .slice(0, 2 * LEAK_CHARACTERS),
      createHash('sha256').update(secret).digest('hex'),
    ].map((mark) => mark.toLowerCase());
  });
}

/** The text in lower case as it is, and as one may read it who takes escapes, line ends and the like away. */
function readings(text: string): string[] {
  const found = [text.toLowerCase()];
  let plainer = text;
  for (let layers = 0; layers < 3; layers++) {
    plainer = plainer
      .replace(/\\u([\da-f]{4})|%([\da-f]{2})/gi, (_all, unit?: string, byte?: string) =>
        String.fromCharCode(parseInt(unit ?? byte ?? '', 16)),
      )
      .replace(/\\[nrt]/g, '')
      .replace(/\\(.)/g, '$1');
    found.push(bare(plainer.toLowerCase()));
  }
  return found;
}

function bare(text: string): string {
  return text.replace(/[\s+\u200b]/g, '');
}

/** What it has of a secret, or undefined. */
function leakIn(text: string, marks: readonly string[]): string | undefined {
  for (const [layers, reading] of readings(text).entries()) {
    for (const mark of marks.map((each) => (layers === 0 ? each : bare(each)))) {
      const at = reading.indexOf(mark);
      if (at >= 0) {
        return reading.slice(Math.max(0, at - 200), at + mark.length + 50);
      }
    }
  }
  return undefined;
}

const EVERYTHING = Object.values(KEYS).join(' and ');
const BODIES = ['json', 'xml', 'html', 'empty'] as const;
const STYLES = ['plain', 'decorated', 'documented'] as const;
const OPERATIONS = ['GetMedia', 'GetDataEndpoint'] as const;

/** Every kind of failure that the simulator knows. `quiet`: the session fixes it in silence. */
const FAULTS: readonly { readonly fault: Fault; readonly quiet?: boolean }[] = [
  ...Object.keys(ERROR_TABLE).flatMap((ErrorType, i) =>
    OPERATIONS.map((operation, j) => ({
      fault: {
        kind: 'http-error' as const,
        ErrorType,
        operation,
        statusCode: [400, 403, 429, 500, 503][(i + j) % 5] ?? 400,
        message: `The request with ${EVERYTHING} was refused: ${EVERYTHING}.`,
        body: BODIES[(i + j) % BODIES.length] ?? 'json',
        headerStyle: STYLES[(i + j) % STYLES.length] ?? 'plain',
      },
    })),
  ),
  ...Object.values(KEYS).map((secret) => ({
    fault: { kind: 'http-error' as const, ErrorType: secret, statusCode: 400 },
  })),
  ...[...Object.keys(IN_BAND_TABLE), '4999'].map((ErrorId, i) => ({
    fault: { kind: 'in-band-error' as const, ErrorId: Number(ErrorId), ErrorCode: SECRETS[i % 3] ?? '' },
  })),
  ...OPERATIONS.flatMap((operation) => [
    { fault: { kind: 'expired-credentials' as const, operation } },
    { fault: { kind: 'reset' as const, operation } },
    { fault: { kind: 'slow-head' as const, operation, delayMs: 200 }, quiet: true },
  ]),
  { fault: { kind: 'moved-endpoint' } },
  { fault: { kind: 'cut' } },
  { fault: { kind: 'early-end' }, quiet: true },
  { fault: { kind: 'stall' } },
  { fault: { kind: 'corrupt', offset: 0, length: 40 } },
  { fault: { kind: 'garbage', whole: true } },
  { fault: { kind: 'garbage', html: true } },
  { fault: { kind: 'garbage', bytes: 2_000 } },
  ...(['duplicate-chunk', 'missing-tail', 'drop-chunk', 'clusterless-chunk'] as const).map((kind) => ({
    fault: { kind },
    quiet: true,
  })),
];

const MINUTE = 60_000;
/** What kvs-archive calls, by the output that it is called for. */
const ARCHIVE_CALLS = [
  { operation: 'ListFragments', output: 'fragments', protocol: 'HLS' },
  { operation: 'GetMediaForFragmentList', output: 'chunks', protocol: 'HLS' },
  { operation: 'GetHLSStreamingSessionURL', output: 'url', protocol: 'HLS' },
  { operation: 'GetDASHStreamingSessionURL', output: 'url', protocol: 'DASH' },
] as const;

/** A credential process may be given, and may print, what is secret. */
const PROFILES = `[profile failing]
credential_process = node -e "console.error('${IN_FILE}'); process.exit(1)" ${IN_FILE}
[profile printing]
credential_process = node -e "console.log('${IN_FILE}')"
[profile half]
aws_access_key_id = ${IN_FILE}
[profile absent-source]
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = ${IN_FILE}
`;
const PROFILE_NAMES = ['failing', 'printing', 'half', 'absent-source'];

const ACCOUNTS_WITH_KEYS = ['refused', 'no-tls', 'no-host', 'proxied', 'no-proxy'];
const OTHER_ACCOUNTS = ['wrong', 'missing', ...ACCOUNTS_WITH_KEYS, ...PROFILE_NAMES];

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

const OUTPUTS = ['media', 'errors', 'status', 'caught'] as const;

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
  const loud = new Set<string>();
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

  function nodes(closedPort: number): FlowNode[] {
    const config = (id: string, more: Readonly<Record<string, unknown>> = {}): FlowNode => ({
      ...simulatorConfig(simulator.endpoint, id),
      ...more,
    });
    const reader = (id: string, stream: string, more: Readonly<Record<string, unknown>> = {}): FlowNode => {
      loud.add(stream);
      return mediaNode(id, 'tab', {
        ...{ stream, startSelectorType: 'EARLIEST', stallTimeoutSeconds: 5, ...more },
      });
    };
    const echoes = Object.keys(ECHOES).flatMap((name) =>
      // An error within the media is shown by its code, from which secrets are cut by their shape alone.
      (name === 'error-within-the-media' ? ['echo'] : ['echo', 'odd']).flatMap((account) =>
        [0, 1, 2, 3].map((turn) =>
          reader(`${name}-${account}-${turn}`, `${name}.${turn}.${account}`, {
            config: `config-${account}`,
            keepTrying: turn % 2 === 0,
          }),
        ),
      ),
    );
    /** A shared fleet whose table fails. Its error messages have no stream, so the flow names it. */
    const fleet = (name: string, account: string, table: string, tableEndpoint: string): FlowNode[] => {
      const id = `fleet-${name}`;
      loud.add(id);
      return [
        {
          ...{ id, type: 'kvs-fleet', z: 'tab', x: 100, y: 100, config: `config-${account}`, version: 1 },
          // Long, so that a call is not repeated while the test lasts.
          ...{ coordination: 'dynamodb', table, tableEndpoint, leaseSeconds: 300 },
          wires: [['collect-media'], [`name-${id}`], [`name-${id}`]],
        },
        {
          ...{ id: `name-${id}`, type: 'change', z: 'tab', x: 100, y: 100, wires: [['collect-errors']] },
          rules: [{ t: 'set', p: 'topic', pt: 'msg', to: id, tot: 'str' }],
        },
      ];
    };
    const fleets = [
      ...Object.keys({ ...ECHOES, ...TABLE_ECHOES }).flatMap((name, i) =>
        fleet(name, i % 2 === 0 ? 'echo' : 'odd', `${name}.${(i >> 1) % 4}`, echo.endpoint),
      ),
      ...fleet('refused', 'refused', 'kvs-fleets', `http://127.0.0.1:${closedPort}`),
      ...fleet('no-tls', 'no-tls', 'kvs-fleets', `https://127.0.0.1:${echo.port}`),
      ...['no-host', 'proxied', 'no-proxy', ...PROFILE_NAMES].flatMap((account) =>
        fleet(account, account, 'kvs-fleets', 'https://canary.invalid'),
      ),
    ];
    const faulty = FAULTS.map(({ fault, quiet = false }, i) => {
      const stream = `fault-${i}`;
      simulator.addStream({ name: stream, live: false, prefillMs: 4_000 });
      simulator.faults.add({ ...fault, stream, times: 3 });
      const node = reader(`fault-${i}`, stream, { keepTrying: i % 2 === 0 });
      if (quiet) {
        loud.delete(stream);
      }
      return node;
    });
    simulator.addStream({ name: 'wrong-secret', live: false });
    const archive = (id: string, stream: string, output: string, protocol: string): FlowNode => ({
      ...{ id, type: 'kvs-archive', z: 'tab', x: 100, y: 100, name: '', version: 1, config: 'config' },
      ...{ stream, output, protocol, waitSeconds: 0, wires: [['collect-address'], ['collect-errors']] },
    });
    simulator.addStream({ name: 'archive', live: false, prefillMs: 10 * MINUTE });
    const archives = ARCHIVE_CALLS.flatMap(({ operation, output, protocol }) => {
      const stream = `archive-${operation}`;
      simulator.addStream({ name: stream, live: false, prefillMs: 10 * MINUTE });
      simulator.faults.add({
        ...{ kind: 'http-error', ErrorType: 'InvalidArgumentException', statusCode: 400, operation, stream },
        message: `The request with ${EVERYTHING} was refused: ${EVERYTHING}.`,
        times: 'always',
      });
      loud.add(stream);
      return [
        archive(stream, stream, output, protocol),
        ...(output === 'url' ? [archive(`address-${protocol}`, 'archive', output, protocol)] : []),
      ];
    });
    const [from, to] = [Date.now() - 9 * MINUTE, Date.now() - 6 * MINUTE];
    return [
      { id: 'tab', type: 'tab', label: 'secrets' },
      config('config'),
      config('config-wrong'),
      config('config-missing'),
      config('config-echo', { endpoint: echo.endpoint }),
      config('config-odd', { endpoint: echo.endpoint }),
      config('config-refused', { endpoint: `http://127.0.0.1:${closedPort}` }),
      config('config-no-tls', { endpoint: `https://127.0.0.1:${echo.port}` }),
      config('config-no-host', { endpoint: 'https://canary.invalid' }),
      config('config-proxied', { endpoint: 'https://canary.invalid', proxy: 'proxy' }),
      config('config-no-proxy', { endpoint: 'https://canary.invalid', proxy: 'no-proxy' }),
      { id: 'proxy', type: 'http proxy', name: '', url: proxy.url, noproxy: [] },
      { id: 'no-proxy', type: 'http proxy', name: '', url: `http://127.0.0.1:${closedPort}`, noproxy: [] },
      ...PROFILE_NAMES.map((profile) => config(`config-${profile}`, { auth: 'profile', profile })),
      ...archives,
      {
        ...{ id: 'ask', type: 'inject', z: 'tab', x: 1, y: 1, name: '', once: true, onceDelay: 0.1 },
        props: Object.entries({ from, to }).map(([p, v]) => ({ p, v: String(v), vt: 'num' })),
        ...{ repeat: '', crontab: '', wires: [archives.map(({ id }) => id)] },
      },
      ...faulty,
      ...echoes,
      ...fleets,
      ...OTHER_ACCOUNTS.map((name) => reader(`with-${name}`, `with-${name}`, { config: `config-${name}` })),
      ...['status', 'catch'].map((type) => ({
        ...{ id: type, type, z: 'tab', scope: null, uncaught: false, x: 100, y: 100 },
        wires: [[type === 'status' ? 'collect-status' : 'collect-caught']],
      })),
      ...collector.nodes('tab', [...OUTPUTS, 'address']),
    ];
  }

  before(async () => {
    await simulator.start();
    await echo.start();
    await collector.start();
    await proxy.listen();
    const closedPort = await portThatIsClosed();
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
      flows: nodes(closedPort),
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
