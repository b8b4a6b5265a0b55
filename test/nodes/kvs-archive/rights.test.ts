import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Simulator } from '../../../src/simulator';
import { SIMULATOR_KEYS, simulatorConfig } from '../../../testing/collector';
import { REPOSITORY, startNodeRed, type RunningNodeRed } from '../../../testing/node-red';
import { pageKeyHeader } from '../../../testing/page-key';
import { skip } from '../../../testing/skip';

const SECRET = 'a-secret-that-must-not-come-back';
const READ = 'kvs-config.read';

/** Anyone may deploy; the test needs a token that is its own list of rights. */
const USERS = `module.exports.adminAuth = { type: 'credentials', users: [],
  default: () => Promise.resolve({ anonymous: true, permissions: ['flows.read', 'flows.write'] }),
  tokens: (token) => Promise.resolve({ username: 'user', permissions: token.split(',') }) };`;

describe('the test for rights of kvs-archive', function () {
  this.timeout(60_000);
  const simulator = new Simulator({ callsPerSecond: 1_000 });
  let server: RunningNodeRed | undefined;

  before(async function () {
    if (!fs.existsSync(join(REPOSITORY, 'dist/nodes/kvs-archive.js'))) {
      skip(this, 'run npm run build first');
    }
    simulator.addStream({ name: 'door', live: false, prefillMs: 60_000 });
    simulator.addStream({ name: 'empty', live: false });
    simulator.addStream({ name: 'unstored', live: false, retentionMs: 0 });
    const { endpoint } = await simulator.start();
    server = await startNodeRed({
      settingsScript: USERS,
      flows: [
        { id: 'tab', type: 'tab', label: 't' },
        simulatorConfig(endpoint),
        simulatorConfig(endpoint, 'wrong'),
      ],
      credentials: {
        config: SIMULATOR_KEYS,
        wrong: { accessKeyId: 'simulator', secretAccessKey: SECRET },
      },
    });
  });
  afterEach(() => {
    simulator.faults.clear();
  });
  after(async () => {
    await server?.stop();
    await simulator.stop();
  });

  interface Said {
    readonly status: number;
    readonly body: Readonly<Record<string, unknown>>;
  }

  /** @param headers beside those of a page of Node-RED's own, or instead of them */
  async function ask(
    body: object,
    { id = 'config', token = READ, headers = {} }: { id?: string; token?: string; headers?: object } = {},
    path = `${id}/test`,
  ): Promise<Said> {
    const url = server?.url ?? '';
    const response = await fetch(`${url}/kvs-archive/${path}`, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(await pageKeyHeader(url)),
        ...headers,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(!text.includes(SECRET));
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  const CALLS = [
    ['chunks', '', ['GetMedia', 'ListFragments', 'GetMediaForFragmentList']],
    ['fragments', '', ['ListFragments']],
    ['image', 'ffmpeg', ['GetMedia', 'ListFragments', 'GetMediaForFragmentList']],
    ['image', 'GetImages', ['ListFragments', 'GetImages']],
    ['url', 'HLS', ['GetHLSStreamingSessionURL']],
    ['url', 'DASH', ['GetDASHStreamingSessionURL']],
  ] as const;

  for (const [output, choice, operations] of CALLS) {
    const title = [output, choice].join(' ').trim();
    const asked = { output, protocol: choice, imageSource: choice };
    for (const stream of ['door', 'empty', 'unstored']) {
      it(`${title}: nothing is missing where all is allowed (stream ${stream})`, async () => {
        const said = await ask({ stream, ...asked });
        assert.deepEqual(said, { status: 200, body: { missing: [] } });
      });
    }
    for (const operation of operations) {
      it(`${title}: names the right to ${operation} where it is missing`, async () => {
        const denied = { kind: 'http-error', ErrorType: 'AccessDeniedException', statusCode: 403 } as const;
        simulator.faults.add({ ...denied, operation });
        const said = await ask({ stream: 'door', ...asked });
        assert.deepEqual(said, { status: 200, body: { missing: [`kinesisvideo:${operation}`] } });
      });
    }
    it(`${title}: names the right to ask for an endpoint where it is missing`, async () => {
      simulator.faults.add({
        ...{ kind: 'http-error', ErrorType: 'AccessDeniedException', statusCode: 403 },
        ...{ operation: 'GetDataEndpoint' },
      });
      // Endpoints that are known need not be asked for: a stream that was not asked about before.
      const stream = `new-${output}${choice}`;
      simulator.addStream({ name: stream, live: false });
      const said = await ask({ stream, ...asked });
      assert.deepEqual(said, { status: 200, body: { missing: ['kinesisvideo:GetDataEndpoint'] } });
    });
  }

  it('names all that is missing', async () => {
    const denied = { kind: 'http-error', ErrorType: 'AccessDeniedException', statusCode: 403 } as const;
    simulator.faults.add({ ...denied, operation: 'ListFragments' });
    simulator.faults.add({ ...denied, operation: 'GetMediaForFragmentList' });
    const { body } = await ask({ stream: 'door', output: 'chunks' });
    assert.deepEqual(body['missing'], ['kinesisvideo:ListFragments', 'kinesisvideo:GetMediaForFragmentList']);
  });

  it('says what else is wrong: a stream that does not exist, credentials that are refused', async () => {
    const unknown = await ask({ stream: 'cellar', output: 'fragments' });
    assert.deepEqual([unknown.status, unknown.body['ErrorType']], [502, 'ResourceNotFoundException']);
    const refused = await ask({ stream: 'door', output: 'fragments' }, { id: 'wrong' });
    assert.equal(refused.status, 502);
    assert.match(String(refused.body['ErrorType']), /Signature/);
    assert.equal(typeof refused.body['message'], 'string');
  });

  it('says that an account is not deployed, and what a question lacks', async () => {
    const absent = await ask({ stream: 'door', output: 'fragments' }, { id: 'nowhere' });
    assert.deepEqual([absent.status, absent.body['ErrorType']], [404, 'NotDeployed']);
    for (const body of [
      {},
      { stream: 'door' },
      { stream: 7, output: 'url' },
      { stream: 'a b', output: 'url' },
    ]) {
      const { status, body: said } = await ask(body);
      assert.deepEqual([status, said['ErrorType']], [400, 'InvalidInput']);
    }
  });

  it('tests an account that is not deployed, with its values as they are', async () => {
    const denied = { kind: 'http-error', ErrorType: 'AccessDeniedException', statusCode: 403 } as const;
    simulator.faults.add({ ...denied, operation: 'ListFragments' });
    const { endpoint } = simulator;
    const typed = { id: 'new', auth: 'keys', region: 'us-west-2', endpoint, ...SIMULATOR_KEYS };
    const question = { stream: 'door', output: 'fragments' };
    const token = `${READ},kvs-config.write,flows.write`;
    const asked = (values: object) => ask({ ...values, ...question }, { token }, 'test');
    assert.deepEqual(await asked(typed), {
      status: 200,
      body: { missing: ['kinesisvideo:ListFragments'] },
    });
    assert.deepEqual(await asked(typed), { status: 200, body: { missing: [] } });
    const kept = await asked({
      ...typed,
      id: 'config',
      secretAccessKey: '__PWRD__',
      endpoint: 'http://127.0.0.1:9',
    });
    assert.deepEqual([kept.status, kept.body['ErrorType']], [409, 'DeployFirst']);
    const without = await asked({ ...typed, secretAccessKey: '' });
    assert.deepEqual([without.status, without.body['ErrorType']], [409, 'InvalidInput']);
    const large = await asked({ ...typed, sessionToken: 'x'.repeat(40_000) });
    assert.equal(large.status, 413);
    assert.equal((await ask({ ...typed, ...question }, {}, 'test')).status, 401);
  });

  it('answers only pages of Node-RED’s own, for users that may read accounts', async () => {
    const question = { stream: 'door', output: 'fragments' };
    assert.equal((await ask(question, { token: 'flows.read' })).status, 401);
    assert.equal((await ask(question, { headers: { Origin: 'http://elsewhere.example' } })).status, 403);
    assert.equal((await ask(question, { headers: { 'Content-Type': 'text/plain' } })).status, 415);
  });
});
