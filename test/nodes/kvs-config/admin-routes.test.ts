import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PAGE_KEY_HEADER, PAGE_KEY_PATH } from '../../../nodes/shared/page-key';
import { Simulator } from '../../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../../testing/collector';
import type { RunningNodeRed } from '../../../testing/node-red';
import { REPOSITORY, startNodeRed } from '../../../testing/node-red';
import { pageKeyHeader } from '../../../testing/page-key';
import { skip } from '../../../testing/skip';

const SECRET = 'a-secret-that-must-not-come-back';

const READ = 'kvs-config.read';
const WRITE = 'kvs-config.write,flows.write';

/** Anyone may deploy; what the dialogs ask needs a token that is its own list of rights. */
const USERS = `module.exports.adminAuth = { type: 'credentials', users: [],
  default: () => Promise.resolve({ anonymous: true, permissions: ['flows.read', 'flows.write'] }),
  tokens: (token) => Promise.resolve({ username: 'user', permissions: token.split(',') }) };`;

describe('what the dialogs ask of the run time', function () {
  this.timeout(60_000);
  let simulator: Simulator | undefined;
  let server: RunningNodeRed | undefined;
  let endpoint = '';

  before(async function () {
    if (!fs.existsSync(join(REPOSITORY, 'dist/nodes/kvs-config.js'))) {
      skip(this, 'run npm run build first');
    }
    const started = new Simulator();
    simulator = started;
    for (const name of ['door', 'door-2', 'yard']) {
      started.addStream({ name, live: false });
    }
    ({ endpoint } = await started.start());
    server = await startNodeRed({
      settingsScript: USERS,
      flows: [
        {
          ...{ id: 'globals', type: 'global-config', name: '', modules: {} },
          env: [
            { name: 'KVS_REGION', value: 'us-west-2', type: 'str' },
            { name: 'KVS_ENDPOINT', value: endpoint, type: 'str' },
          ],
        },
        {
          ...{ id: 'tab', type: 'tab', label: 't' },
          env: [{ name: 'TAB_REGION', value: 'us-west-2', type: 'str' }],
        },
        {
          ...{ id: 'sub', type: 'subflow', name: 'Camera', in: [], out: [] },
          env: [{ name: 'SUB_ENDPOINT', value: 'http://127.0.0.1:9', type: 'str' }],
        },
        { ...simulatorConfig('${SUB_ENDPOINT}', 'inside'), z: 'sub' },
        { ...mediaNode('reader', 'sub', { stream: 'door', config: 'inside', autoStart: false }) },
        { id: 'in-tab', type: 'link in', z: 'tab', x: 1, y: 1, wires: [[]] },
        {
          ...{ id: 'instance', type: 'subflow:sub', z: 'tab', x: 9, y: 9, name: 'front', wires: [] },
          env: [{ name: 'SUB_ENDPOINT', value: endpoint, type: 'str' }],
        },
        simulatorConfig(endpoint),
        { ...simulatorConfig('${KVS_ENDPOINT}', 'env'), region: '${KVS_REGION}' },
        simulatorConfig(endpoint, 'wrong'),
      ],
      credentials: {
        config: SIMULATOR_KEYS,
        env: SIMULATOR_KEYS,
        inside: SIMULATOR_KEYS,
        wrong: { accessKeyId: 'simulator', secretAccessKey: SECRET },
      },
    });
  });

  after(async () => {
    await server?.stop();
    await simulator?.stop();
  });

  interface Said {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
    readonly body: Readonly<Record<string, unknown>>;
  }

  /** @param more headers beside those of a page of Node-RED's own, or instead of them */
  async function ask(
    path: string,
    body: object = {},
    token = path === 'test' ? WRITE : READ,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Said> {
    const url = server?.url ?? '';
    const response = await fetch(`${url}/kvs-config/${path}`, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(await pageKeyHeader(url)),
        ...more,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(!text.includes(SECRET));
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  const form = (more: object = {}): object => ({ ...simulatorConfig(endpoint), ...more });
  const kept = { accessKeyId: 'simulator', secretAccessKey: '__PWRD__', sessionToken: '' };

  it('lists the streams of a deployed config node that begin as typed, and says whether there are more', async () => {
    const all = await ask('config/streams', { prefix: 'door' });
    assert.equal(all.status, 200);
    const streams = all.body['streams'] as Record<string, unknown>[];
    assert.deepEqual(
      streams.map(({ StreamName, Status, DataRetentionInHours }) => [
        StreamName,
        Status,
        DataRetentionInHours,
      ]),
      [
        ['door', 'ACTIVE', 1],
        ['door-2', 'ACTIVE', 1],
      ],
    );
    assert.equal(all.body['more'], false);
    const one = await ask('config/streams', { limit: 1 });
    assert.deepEqual([(one.body['streams'] as unknown[]).length, one.body['more']], [1, true]);
  });

  it('names what is wrong with a request, a node or a key', async () => {
    const cases: [path: string, question: object, status: number, ErrorType: string][] = [
      ['gone/streams', {}, 404, 'NotDeployed'],
      ['config/streams', { prefix: 'a b' }, 400, 'InvalidInput'],
      ['config/streams', { prefix: 7 }, 400, 'InvalidInput'],
      ['config/streams', { limit: 'none' }, 400, 'InvalidInput'],
      ['config/streams', { limit: { toString: 1 } }, 400, 'InvalidInput'],
    ];
    for (const [path, question, status, ErrorType] of cases) {
      const answer = await ask(path, question);
      assert.deepEqual([answer.status, answer.body['ErrorType']], [status, ErrorType]);
    }
    const wrong = await ask('wrong/streams');
    assert.equal(wrong.status, 502);
    assert.match(String(wrong.body['advice']), /secret access key/);
  });

  it('names the missing right', async () => {
    simulator?.faults.add({
      kind: 'http-error',
      ErrorType: 'AccessDeniedException',
      statusCode: 403,
      operation: 'ListStreams',
    });
    const { status, body } = await ask('config/streams');
    assert.equal(status, 502);
    assert.equal(body['ErrorType'], 'AccessDeniedException');
    assert.match(String(body['advice']), /kinesisvideo:ListStreams/);
  });

  it('asks for the rights of Node-RED', async () => {
    assert.equal((await ask('config/streams', {}, 'none')).status, 401);
    for (const lacking of [READ, 'kvs-config.write', 'flows.write']) {
      assert.equal((await ask('test', form(SIMULATOR_KEYS), lacking)).status, 401, lacking);
    }
  });

  it('tests keys that are not deployed', async () => {
    const good = await ask('test', form({ id: 'new', ...SIMULATOR_KEYS }));
    const source = { kind: 'keys' };
    assert.match(String(good.body['Account']), /^\d{12}$/);
    const { Account } = good.body;
    assert.deepEqual(good.body, { source, Account, isDeployed: false, streams: 3, more: false });
    const bad = await ask('test', form({ id: 'new', accessKeyId: 'simulator', secretAccessKey: SECRET }));
    assert.equal(bad.status, 502);
  });

  it('uses kept keys with the deployed endpoint or AWS’s own alone', async () => {
    const deployed = await ask('test', form(kept));
    assert.deepEqual([deployed.status, deployed.body['isDeployed']], [200, true]);
    for (const change of [{ endpoint: 'http://127.0.0.1:9' }, { id: 'gone' }]) {
      const { status, body } = await ask('test', form({ ...kept, ...change }));
      assert.deepEqual([status, body['ErrorType']], [409, 'DeployFirst']);
    }
    const machine = await ask('test', form({ auth: 'default', endpoint: 'http://127.0.0.1:9' }));
    assert.equal(machine.body['ErrorType'], 'DeployFirst');
  });

  it('lists streams with values that are not deployed, with the rights of a test', async () => {
    const values = form({ id: 'new', ...SIMULATOR_KEYS, prefix: 'door', limit: 1 });
    const { status, body } = await ask('streams', values, WRITE);
    assert.equal(status, 200);
    assert.deepEqual([(body['streams'] as unknown[]).length, body['more']], [1, true]);
    assert.equal((await ask('streams', values, READ)).status, 401);
    const unknown = form({ ...SIMULATOR_KEYS, secretAccessKey: '__PWRD__', id: 'new' });
    const refusal = await ask('streams', unknown, WRITE);
    assert.deepEqual([refusal.status, refusal.body['ErrorType']], [409, 'DeployFirst']);
    assert.equal((await ask('streams', form({ profile: 'x'.repeat(40_000) }), WRITE)).status, 413);
  });

  it('takes Node-RED’s own variables: typed ones, global ones and those of a tab', async () => {
    const values = { region: '${KVS_REGION}', endpoint: '${KVS_ENDPOINT}', ...SIMULATOR_KEYS };
    const env = { KVS_REGION: 'us-west-2', KVS_ENDPOINT: endpoint };
    const typed = await ask('test', form({ ...values, id: 'new', env }));
    assert.equal(typed.status, 200, typed.text);
    const global = await ask('test', form({ ...values, id: 'env' }));
    assert.equal(global.status, 200, global.text);
    // Of a node that is not deployed, what others at the same place see. No call is made: the source is none.
    const wrong = async (region: string, place: object = {}): Promise<string> => {
      const asked = form({ id: 'new', endpoint: '', auth: 'none', region, ...place });
      return String((await ask('test', asked)).body['message']);
    };
    assert.match(await wrong('${KVS_REGION}'), /^Invalid settings: Credentials: /);
    assert.match(await wrong('${TAB_REGION}', { z: 'tab' }), /^Invalid settings: Credentials: /);
    assert.match(await wrong('${TAB_REGION}'), /^Invalid settings: Region: /);
  });

  it('takes the variables and kept keys of a subflow’s instance', async () => {
    const inside = { endpoint: '${SUB_ENDPOINT}', id: 'inside', z: 'sub', ...kept };
    const { status, text } = await ask('test', form({ ...inside, instance: 'instance' }));
    assert.equal(status, 200, text);
    const none = await ask('test', form({ ...inside, instance: 'gone' }));
    assert.deepEqual([none.status, none.body['ErrorType']], [409, 'DeployFirst']);
  });

  it('takes a refusal to list for what it is: keys that work, and a right that is missing', async () => {
    simulator?.faults.add({
      kind: 'http-error',
      ErrorType: 'AccessDeniedException',
      statusCode: 403,
      operation: 'ListStreams',
    });
    const { status, body } = await ask('test', form(SIMULATOR_KEYS));
    assert.equal(status, 200);
    assert.equal(body['missingRight'], 'kinesisvideo:ListStreams');
    assert.deepEqual(body['source'], { kind: 'keys' });
  });

  it('says what is wrong with a node that is referred to', async () => {
    const gone = await ask('test', form({ ...SIMULATOR_KEYS, proxy: 'gone' }));
    assert.deepEqual([gone.status, gone.body['ErrorType']], [409, 'InvalidInput']);
    assert.doesNotMatch(
      String(gone.body['message']),
      /Correct them and deploy/,
      'what is typed is tried without a deploy',
    );
    assert.match(
      String(gone.body['message']),
      /Proxy: the selected configuration does not exist, is disabled or is not deployed/,
    );
  });

  it('takes neither forms nor values without end', async () => {
    assert.equal((await ask('test', form(), WRITE, { 'Content-Type': 'text/plain' })).status, 415);
    assert.equal((await ask('test', form({ profile: 'x'.repeat(40_000) }))).status, 413);
    assert.equal((await ask('test', form({ region: 7 }))).status, 400);
    const long = { selectBy: 'list', streams: 'door\n'.repeat(60_000), exclude: '*a*' };
    assert.equal((await ask('config/matches', long)).status, 413);
  });

  it('takes no request without a body, and none whose body does not say how long it is', async () => {
    const url = server?.url ?? '';
    const send = async (
      path: string,
      body: string | Buffer | undefined,
      headers: object,
    ): Promise<number> => {
      const key = await pageKeyHeader(url);
      const token = `Bearer ${READ},${WRITE},kvs-get-media.read`;
      const outgoing = request(`${url}/${path}`, {
        ...{ method: 'POST', headers: { Authorization: token, ...key, ...headers } },
      });
      if (body === undefined && headers === NONE) {
        // Else Node.js announces a body of no bytes.
        outgoing.removeHeader('Content-Length');
        outgoing.removeHeader('Transfer-Encoding');
      }
      if (body !== undefined) {
        outgoing.write(body);
      }
      outgoing.end();
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode ?? 0;
    };
    const NONE = {};
    const type = { 'Content-Type': 'application/json' };
    const packed = gzipSync(JSON.stringify({ prefix: 'x'.repeat(1_000_000) }));
    for (const path of [
      ...['kvs-config/config/streams', 'kvs-config/config/matches', 'kvs-config/streams', 'kvs-config/test'],
      ...['kvs-archive/config/test', 'kvs-get-media/reader/preview'],
    ]) {
      assert.equal(await send(path, undefined, NONE), 415, path);
      assert.equal(await send(path, undefined, { ...type, 'Transfer-Encoding': 'chunked' }), 413, path);
      assert.equal(
        await send(path, packed, { ...type, 'Content-Encoding': 'gzip', 'Content-Length': packed.length }),
        413,
        path,
      );
    }
  });

  it('answers pages of its own address only, under whatever name and behind whatever proxy', async () => {
    const { host } = new URL(server?.url ?? '');
    const own: Readonly<Record<string, string>>[] = [
      {},
      { Origin: `http://${host}` },
      { Origin: `https://${host}` },
      { Origin: 'https://house.example', 'X-Forwarded-Host': 'house.example' },
      { Origin: 'https://house.example:8443', 'X-Forwarded-Host': 'outer.example, house.example' },
      { Origin: 'https://house.example', 'X-Forwarded-Host': 'house.example:443' },
      { Origin: 'https://house.example', 'Sec-Fetch-Site': 'same-origin' },
    ];
    for (const headers of own) {
      const { status } = await ask('config/streams', {}, READ, headers);
      assert.equal(status, 200, JSON.stringify(headers));
    }
    const foreign: Readonly<Record<string, string>>[] = [
      { Origin: 'http://attacker.example' },
      { Origin: 'null' },
      { Origin: 'http://127.0.0.1:9' },
      { Origin: `http://${host}.attacker.example` },
      { Origin: `http://${host}`, 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'http://localhost:3000', 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'none' },
      // What a page may write itself where Node-RED grants it every header: without the key it is worth nothing.
      { Origin: 'http://attacker.example', 'X-Forwarded-Host': 'attacker.example', [PAGE_KEY_HEADER]: 'x' },
      { [PAGE_KEY_HEADER]: '' },
    ];
    const calls = simulator?.stats.requests.length;
    for (const headers of foreign) {
      for (const [path, token] of [
        ['config/streams', READ],
        ['test', WRITE],
      ] as const) {
        const { status, body, headers: answered } = await ask(path, form(SIMULATOR_KEYS), token, headers);
        assert.deepEqual([status, body['ErrorType']], [403, 'ForeignPage'], JSON.stringify(headers));
        assert.equal(answered.get('access-control-allow-origin'), null);
      }
    }
    assert.equal(simulator?.stats.requests.length, calls);
  });

  it('gives its key to pages of its own address only', async () => {
    const url = `${server?.url ?? ''}/${PAGE_KEY_PATH}`;
    const own = await fetch(url);
    assert.equal(own.headers.get('access-control-allow-origin'), null);
    assert.equal(own.headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(own.headers.get('cache-control'), 'no-store');
    for (const headers of [{ Origin: 'http://attacker.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const answer = await fetch(url, { headers });
      assert.equal(answer.status, 403);
      assert.ok(!(await answer.text()).includes('"key"'));
    }
  });

  it('logs nothing of it', () => {
    assert.ok(server?.log.every((line) => !line.includes(SECRET) && !/unhandled|TypeError/i.test(line)));
  });
});
