import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Simulator } from '../../../src/simulator';
import { StubService, json } from '../../kinesis-video/stub-service';
import { CertificateAuthority, HAS_OPENSSL } from '../../../testing/certificates';
import { Collector, SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../../testing/collector';
import { ConnectProxy } from '../../../testing/connect-proxy';
import type { FlowCredentials, FlowNode, RunningNodeRed } from '../../../testing/node-red';
import { REPOSITORY, startNodeRed } from '../../../testing/node-red';
import { skip } from '../../../testing/skip';

const KEYS = { ...SIMULATOR_KEYS, sessionToken: 'of-camera-1' };
const PASSWORD = 'a-proxy-password-that-must-not-be-shown';
const TLS = {
  type: 'tls-config',
  name: '',
  cert: '',
  key: '',
  ca: '',
  verifyservercert: true,
  servername: '',
};
const PROXY = { type: 'http proxy', name: '', noproxy: [] };

/** In a real Node-RED, for the nodes that are referred to are its own. */
describe('authentication of a config node', function () {
  this.timeout(60_000);
  const collector = new Collector();
  const simulator = new Simulator({ sessionToken: KEYS.sessionToken });
  let authority: CertificateAuthority | undefined;
  let iot: StubService | undefined;
  let proxy: ConnectProxy | undefined;
  let server: RunningNodeRed | undefined;
  let secrets: FlowCredentials = {};

  before(async function () {
    const built = fs.existsSync(join(REPOSITORY, 'dist/nodes/kvs-config.js'));
    if (!HAS_OPENSSL || !built) {
      skip(this, HAS_OPENSSL ? 'run npm run build first' : 'no openssl');
    }
    await collector.start();
    simulator.addStream({ name: 'demo' });
    await simulator.start();
    authority = new CertificateAuthority();
    const thing = authority.issue('camera-1');
    iot = await new StubService('https', {
      ...authority.issue('iot', ['127.0.0.1']),
      ca: authority.cert,
      requestCert: true,
    }).listen();
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    iot.answers.set('/role-aliases/cameras/credentials', json(200, { credentials: { ...KEYS, expiration } }));
    proxy = await new ConnectProxy({ login: 'user:other' }).listen();
    secrets = {
      config: KEYS,
      tls: { certdata: thing.cert, keydata: thing.key, cadata: authority.cert },
      caOnly: { cadata: authority.cert },
      broken: { certdata: 'no PEM', keydata: 'no PEM' },
      proxy: { username: 'user', password: PASSWORD },
    };
    server = await startNodeRed();
  });

  after(async () => {
    await server?.stop();
    await proxy?.close();
    await iot?.close();
    await simulator.stop();
    await collector.stop();
    authority?.remove();
  });

  beforeEach(() => {
    collector.messages.length = 0;
  });

  async function deploy(config: Readonly<Record<string, unknown>>): Promise<void> {
    const flows: FlowNode[] = [
      { id: 'tab', type: 'tab', label: 't' },
      ...collector.nodes('tab', ['media', 'errors']),
      { ...TLS, id: 'tls' },
      { ...TLS, id: 'caOnly' },
      { ...TLS, id: 'broken' },
      { ...PROXY, id: 'proxy', url: proxy?.url },
      { ...PROXY, id: 'socks', url: 'socks5://127.0.0.1:1' },
      { ...simulatorConfig(simulator.endpoint), ...config },
      mediaNode('media', 'tab', { stream: 'demo' }),
    ];
    await server?.deploy(flows, secrets);
  }

  const error = async (): Promise<Record<string, unknown>> => {
    await collector.until('an error', () => collector.of('errors').length > 0);
    return collector.of('errors')[0]?.payload as Record<string, unknown>;
  };
  const iotSettings = () => ({
    auth: 'iot',
    iotEndpoint: `127.0.0.1:${iot?.port ?? 0}`,
    iotRoleAlias: 'cameras',
    iotThingName: 'camera-1',
  });

  it('leads with the certificate of a tls-config to media, and the log says so', async () => {
    await deploy({ ...iotSettings(), tls: 'tls' });
    await collector.until('media', () => collector.of('media').length > 0);
    const line = await server?.waitForLog(/Connected to stream/);
    assert.match(line ?? '', /Connected to stream "demo" with the IoT certificate of the thing "camera-1"\./);
  });

  it('leads with keys to media as in flows that know of no other way, and says so once', async () => {
    const from = server?.log.length ?? 0;
    await deploy({});
    await collector.until('media', () => collector.of('media').length > 1);
    const lines = server?.log.slice(from).filter((line) => line.includes('Connected to stream'));
    assert.equal(lines?.length, 1);
    assert.match(lines[0] ?? '', /with the access keys of the account\./);
  });

  it('leads through an http proxy node, whose refusal is named without its password', async () => {
    await deploy({ endpoint: '', proxy: 'proxy' });
    const { ErrorType, message, code, action } = await error();
    assert.deepEqual([ErrorType, code, action], ['NetworkError', 'ERR_PROXY_TUNNEL', 'retry']);
    assert.ok(
      String(message).includes(`The proxy ${proxy?.host ?? ''} did not let the call through.`),
      String(message),
    );
    assert.match(String(message), /HTTP 407/);
    assert.equal(proxy?.asked[0], 'kinesisvideo.us-west-2.amazonaws.com:443');
  });

  const mistakes: [what: string, config: () => Record<string, unknown>, said: RegExp][] = [
    [
      'a tls-config that is gone',
      () => ({ tls: 'gone' }),
      /tls \(account\): the selected configuration does not exist/,
    ],
    [
      'a proxy that is another kind of node',
      () => ({ proxy: 'tls' }),
      /proxy \(account\): the selected configuration does not exist/,
    ],
    [
      'a proxy of a kind that cannot be used',
      () => ({ proxy: 'socks' }),
      /proxy \(account\): the URL must begin/,
    ],
    [
      'a certificate that is not there',
      () => ({ ...iotSettings(), tls: 'caOnly' }),
      /has no certificate and key/,
    ],
    ['a certificate that cannot be read', () => ({ ...iotSettings(), tls: 'broken' }), /cannot be read/],
    ['a role that is none', () => ({ roleArn: 'reader' }), /roleArn \(account\): not the ARN of an IAM role/],
  ];
  for (const [what, config, said] of mistakes) {
    it(`ends at ${what}, with the reason`, async () => {
      await deploy(config());
      const { ErrorType, message, action } = await error();
      assert.deepEqual([ErrorType, action], ['InvalidInput', 'stop']);
      assert.match(String(message), said);
    });
  }

  it('shows no secret and nothing unforeseen in the log', () => {
    for (const line of server?.log ?? []) {
      assert.ok(!line.includes(PASSWORD) && !line.includes('PRIVATE KEY'), line);
      assert.doesNotMatch(line, /unhandled|TypeError/i);
    }
  });
});
