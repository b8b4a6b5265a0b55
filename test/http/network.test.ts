import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect, promisify } from 'node:util';
import type { CredentialSource, KinesisVideoServiceOptions } from '../../src/kinesis-video';
import { KinesisVideoService, MEDIA_TRANSPORTS } from '../../src/kinesis-video';
import { errorRow } from '../../src/session/error-table';
import type { Target } from '../../src/http/proxy';
import { proxyFor } from '../../src/http/proxy';
import { CertificateAuthority, skipWithoutOpenssl, type IssuedCertificate } from '../../testing/certificates';
import type { ConnectProxyOptions } from '../../testing/connect-proxy';
import { ConnectProxy } from '../../testing/connect-proxy';
import { REPOSITORY } from '../../testing/node-red';
import { BareEnvironment } from '../aws/environment';
import { KEYS, STREAM, StubService, failureOf, json, never, reply } from '../kinesis-video/stub-service';

const NOW = { StartSelectorType: 'NOW' } as const;
const CONTROL = 'kinesisvideo.eu-west-1.amazonaws.com:443';
const DATA = 's-12345678.kinesisvideo.eu-west-1.amazonaws.com:443';
const PASSWORD = 'p@ss:w%rd/canary';

describe('the proxy for a call', () => {
  const aws: Target = { protocol: 'https:', hostname: 'kinesisvideo.eu-west-1.amazonaws.com' };
  const proxyOf = (environment: NodeJS.ProcessEnv, target = aws) =>
    proxyFor(target, undefined, environment)?.url.href;

  it('is the environment’s, in either case, the one for https first', () => {
    const all = 'http://all.example:1';
    assert.equal(proxyOf({}), undefined);
    assert.equal(proxyOf({ HTTP_PROXY: 'http://plain.example' }), undefined);
    assert.equal(proxyOf({ ALL_PROXY: all }), 'http://all.example:1/');
    assert.equal(proxyOf({ all_proxy: all, HTTPS_PROXY: 'http://b.example:2' }), 'http://b.example:2/');
    assert.equal(proxyOf({ https_proxy: 'c.example:3' }), 'http://c.example:3/');
    assert.equal(proxyOf({ https_proxy: '' }), undefined);
  });

  it('is none for what NO_PROXY names, and for this machine', () => {
    const https_proxy = 'http://proxy.example';
    const free = ['*', aws.hostname, '.amazonaws.com', '*.amazonaws.com', `x, ${aws.hostname}:443`];
    for (const NO_PROXY of free) {
      assert.equal(proxyOf({ https_proxy, NO_PROXY }), undefined, NO_PROXY);
    }
    const below = ['amazonaws.com', 'eu-west-1.amazonaws.com.', 'AmazonAWS.com:443', 'a b,amazonaws.com'];
    for (const NO_PROXY of below) {
      assert.equal(proxyOf({ https_proxy, NO_PROXY }), undefined, NO_PROXY);
    }
    for (const no_proxy of ['', 'aws.com', 'azonaws.com', `${aws.hostname}:8443`, '.example', '10.0.0.0/8']) {
      assert.equal(proxyOf({ https_proxy, no_proxy }), 'http://proxy.example/', no_proxy);
    }
    for (const hostname of ['127.0.0.1', 'localhost', '[::1]']) {
      assert.equal(proxyOf({ https_proxy }, { protocol: 'https:', hostname }), undefined, hostname);
    }
  });

  it('is none for addresses in networks that NO_PROXY names, as curl reads it', () => {
    const https_proxy = 'http://proxy.example';
    const direct = [
      ['10.1.2.3', '10.0.0.0/8'],
      ['10.1.2.3', '10.1.2.3'],
      ['192.168.7.9', '172.16.0.0/12, 192.168.0.0/16'],
      ['[fd00:1::9]', 'fd00:1::/32'],
      ['[fd00:1::9]', '[fd00:1::9]:443'],
      ['[fd00:1::9]', 'fd00:1::9'],
    ] as const;
    for (const [hostname, NO_PROXY] of direct) {
      assert.equal(proxyOf({ https_proxy, NO_PROXY }, { protocol: 'https:', hostname }), undefined, NO_PROXY);
    }
    const proxied = [
      ['11.1.2.3', '10.0.0.0/8'],
      ['110.1.2.3', '10.1.2.3'],
      ['1.10.1.2', '10.1.2'],
      ['10.1.2.3', '10.0.0.0/99'],
      ['10.1.2.3', '10.1.2.3/'],
      ['10.1.2.3', 'fd00::/8'],
      ['[fe80::1]', 'fd00::/8'],
    ] as const;
    for (const [hostname, NO_PROXY] of proxied) {
      const target = { protocol: 'https:', hostname };
      assert.equal(proxyOf({ https_proxy, NO_PROXY }, target), 'http://proxy.example/', NO_PROXY);
    }
  });

  it('is the chosen one, whatever the environment says', () => {
    const environment = { https_proxy: 'http://a.example', NO_PROXY: '*' };
    assert.equal(
      proxyFor(aws, { url: 'https://b.example:8' }, environment)?.url.href,
      'https://b.example:8/',
    );
    assert.equal(
      proxyFor(aws, { url: 'http://b.example', noProxy: ['.amazonaws.com'] }, environment),
      undefined,
    );
  });

  it('takes user and password from the URL or from beside it, and keeps them apart', () => {
    const expected = `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`;
    const url = `http://user:${encodeURIComponent(PASSWORD)}@b.example/`;
    for (const settings of [{ url }, { url: 'http://b.example', username: 'user', password: PASSWORD }]) {
      const proxy = proxyFor(aws, settings, {});
      assert.equal(proxy?.authorization, expected);
      assert.equal(proxy.url.href, 'http://b.example/');
    }
  });
});

describe('the way to AWS', function () {
  this.timeout(10_000);
  let environment: BareEnvironment;
  let authority: CertificateAuthority;
  let aws: StubService;
  const proxies: ConnectProxy[] = [];
  const services: KinesisVideoService[] = [];

  before(async function () {
    skipWithoutOpenssl(this);
    authority = new CertificateAuthority();
    aws = await new StubService(
      'https',
      authority.issue('aws', ['*.eu-west-1.amazonaws.com', '*.kinesisvideo.eu-west-1.amazonaws.com']),
    ).listen();
  });
  beforeEach(async () => {
    environment = await BareEnvironment.enter();
    aws.requests.length = 0;
    aws.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `https://${DATA.slice(0, -4)}` }));
    aws.answers.set('/getMedia', reply(200, 'media'));
  });
  afterEach(async () => {
    for (const service of services.splice(0)) {
      service.close();
    }
    for (const proxy of proxies.splice(0)) {
      await proxy.close();
    }
    await environment.leave();
  });
  after(async () => {
    await aws.close();
    authority.remove();
  });

  const start = async (options: ConnectProxyOptions = {}) => {
    const proxy = await new ConnectProxy({ lead: () => aws.port, ...options }).listen();
    proxies.push(proxy);
    return proxy;
  };
  /**
   * With the service's own endpoints, which only the proxy can lead anywhere, and the transport that knows no proxy
   * chosen where nothing is in the way.
   */
  const open = (options: Partial<KinesisVideoServiceOptions> = {}) => {
    const service = new KinesisVideoService({
      region: 'eu-west-1',
      credentials: KEYS,
      mediaTransport: 'socket',
      ...options,
    });
    services.push(service);
    return service;
  };
  const read = async (service: KinesisVideoService) => {
    const response = await service.getMedia(STREAM, NOW, never);
    const parts: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      response.read({ bytes: (slice) => parts.push(slice), ended: resolve, failed: reject });
    });
    return Buffer.concat(parts).toString();
  };

  it('leads through a proxy to both planes, and leaves no socket behind', async () => {
    const proxy = await start();
    const service = open({ network: { proxy: { url: proxy.url }, ca: authority.cert } });
    assert.equal(await read(service), 'media');
    assert.deepEqual(proxy.asked, [CONTROL, DATA]);
    await proxy.idle();
  });

  it('leads through the proxy that the environment names', async () => {
    const proxy = await start();
    process.env['HTTPS_PROXY'] = proxy.url;
    assert.equal(await read(open({ network: { ca: authority.cert } })), 'media');
    assert.deepEqual(proxy.asked, [CONTROL, DATA]);
  });

  it('leads through an https: proxy that asks for a password', async () => {
    const certificate = authority.issue('proxy', ['127.0.0.1']);
    const proxy = await start({ certificate, login: `user:${PASSWORD}` });
    const settings = { url: proxy.url, username: 'user', password: PASSWORD };
    assert.equal(await read(open({ network: { proxy: settings, ca: authority.cert } })), 'media');
  });

  const role = { roleArn: 'arn:aws:iam::123456789012:role/r', roleSessionName: 'x' };
  const throughSts: [what: string, credentials: CredentialSource][] = [
    ['a role', { ...KEYS, role }],
    ['a role of a profile', { kind: 'profile', profile: 'role' }],
    ['web identity', { kind: 'default' }],
  ];
  for (const [what, credentials] of throughSts) {
    it(`leads to STS through the proxy for ${what}`, async () => {
      const { folder } = environment;
      await writeFile(
        path.join(folder, 'config'),
        `[profile role]\nrole_arn = ${role.roleArn}\nsource_profile = base\n[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n`,
      );
      await writeFile(path.join(folder, 'token'), 'a-web-identity-token');
      process.env['AWS_WEB_IDENTITY_TOKEN_FILE'] = path.join(folder, 'token');
      process.env['AWS_ROLE_ARN'] = role.roleArn;
      const proxy = await start({ refuseWith: 403 });
      const service = open({ credentials, network: { proxy: { url: proxy.url } } });
      const error = await failureOf(service.resolveEndpoint(STREAM, never));
      assert.equal(proxy.asked[0], 'sts.eu-west-1.amazonaws.com:443');
      assert.equal(error.operation, 'Credentials');
      assert.equal(error.ErrorType, 'NetworkError');
      assert.ok(error.message.includes(proxy.host), error.message);
    });
  }

  it('leads past the proxy to this machine’s own endpoints', async () => {
    const proxy = await start();
    const stub = await new StubService().listen();
    const service = open({ endpoint: stub.url, network: { proxy: { url: proxy.url } } });
    await service.resolveEndpoint(STREAM, never);
    assert.deepEqual(proxy.asked, []);
    await stub.close();
  });

  const refusals: [what: string, options: ConnectProxyOptions, said: RegExp][] = [
    ['asks for a password', { login: 'user:other' }, /it answered HTTP 407, so it asks for a user name/],
    ['forbids the host', { refuseWith: 403 }, /it answered HTTP 403 \(ERR_PROXY_TUNNEL\)/],
    ['cannot reach it', { lead: () => undefined }, /it answered HTTP 502/],
  ];
  for (const [what, options, said] of refusals) {
    it(`fails with the proxy’s name, and without its password, where it ${what}`, async () => {
      const proxy = await start(options);
      const settings = { url: proxy.url.replace('//', `//user:${encodeURIComponent(PASSWORD)}@`) };
      const error = await failureOf(open({ network: { proxy: settings } }).getMedia(STREAM, NOW, never));
      assert.equal(error.ErrorType, 'NetworkError');
      assert.equal(error.networkCode, 'ERR_PROXY_TUNNEL');
      assert.deepEqual([error.statusCode, error.RequestId], [null, null]);
      assert.ok(error.message.includes(`the proxy ${proxy.host} let nothing through`), error.message);
      assert.match(error.message, said);
      const basic = Buffer.from(`user:${PASSWORD}`).toString('base64');
      const shown = `${error.stack ?? ''}${inspect(error, { depth: 9, showHidden: true })}`;
      for (const secret of ['canary', basic]) {
        assert.ok(!shown.includes(secret));
      }
      await proxy.idle();
    });
  }

  it('names a proxy that is not there, or is none', async () => {
    const proxy = await start();
    await proxy.close();
    proxies.pop();
    const gone = await failureOf(
      open({ network: { proxy: { url: 'http://127.0.0.1:1' } } }).resolveEndpoint(STREAM, never),
    );
    assert.match(gone.message, /the proxy 127\.0\.0\.1:1 let nothing through: the connection was refused/);
    assert.equal(gone.networkCode, 'ECONNREFUSED');
    for (const url of ['socks5://127.0.0.1:1', 'http://[bad']) {
      process.env['ALL_PROXY'] = url;
      const error = await failureOf(open().resolveEndpoint(STREAM, never));
      assert.equal(error.networkCode, 'ERR_PROXY_INVALID_CONFIG', url);
      assert.equal(error.ErrorType, 'NetworkError');
    }
  });

  it('does not wait for a proxy that says nothing, and frees its socket', async () => {
    const proxy = await start({ isSilent: true });
    const network = { proxy: { url: proxy.url } };
    const late = await failureOf(
      open({ network, timeouts: { connectMs: 60 } }).resolveEndpoint(STREAM, never),
    );
    assert.equal(late.networkCode, 'ETIMEDOUT');
    assert.ok(late.message.includes(`the proxy ${proxy.host} let nothing through`), late.message);
    await proxy.idle();

    const leaving = new AbortController();
    const call = open({ network }).resolveEndpoint(STREAM, leaving.signal);
    await proxy.hasBeenAsked(2);
    leaving.abort(new Error('left'));
    await assert.rejects(call, /left/);
    await proxy.idle();
  });

  it('frees the sockets of an open response when the service object is closed', async () => {
    aws.answers.set('/getMedia', (response) => {
      response.writeHead(200).write('begin');
    });
    const proxy = await start();
    const service = open({ network: { proxy: { url: proxy.url }, ca: authority.cert } });
    await service.getMedia(STREAM, NOW, never);
    service.close();
    await proxy.idle();
  });

  it('trusts no authority that it was not given', async () => {
    const proxy = await start();
    const error = await failureOf(
      open({ network: { proxy: { url: proxy.url } } }).resolveEndpoint(STREAM, never),
    );
    assert.equal(error.ErrorType, 'NetworkError');
    assert.match(error.networkCode ?? '', /CERT|UNABLE_TO/);
    assert.match(
      error.message,
      /certificate that no trusted CA has signed came from the server at kinesisvideo\.eu-west-1\.amazonaws\.com/,
    );
    assert.equal(aws.requests.length, 0);
  });

  for (const mediaTransport of MEDIA_TRANSPORTS) {
    it(`names the host where a certificate does not fit, by ${mediaTransport}`, async () => {
      const cases: [IssuedCertificate, RegExp][] = [
        [
          authority.issue('other', ['other.example']),
          /certificate for another host name came from the server at 127\.0\.0\.1:\d+ /,
        ],
        [
          authority.issue('old', ['127.0.0.1'], 'past'),
          /an expired certificate came from the server at 127\.0\.0\.1:\d+ /,
        ],
        [
          authority.issue('new', ['127.0.0.1'], 'future'),
          /certificate that is not valid yet came from the server at 127\.0\.0\.1:\d+ /,
        ],
      ];
      const control = await new StubService().listen();
      for (const [certificate, said] of cases) {
        const server = await new StubService(mediaTransport, certificate).listen();
        control.answers.set('/getDataEndpoint', json(200, { DataEndpoint: server.url }));
        const service = control.service({ mediaTransport, network: { ca: authority.cert } });
        const error = await failureOf(service.getMedia(STREAM, NOW, never));
        await server.close();
        assert.match(error.message, said);
      }
      await control.close();
    });
  }

  it('trusts AWS_CA_BUNDLE and ca_bundle of the profile, and says where they cannot be read', async () => {
    const other = new CertificateAuthority('another');
    const local = await new StubService('socket', authority.issue('local', ['127.0.0.1'])).listen();
    local.answers.set('/getMedia', reply(200, 'media'));
    const bundle = path.join(environment.folder, 'bundle.pem');
    await writeFile(bundle, `# of the company\n${other.cert}\n${authority.cert}`);
    process.env['AWS_CA_BUNDLE'] = `${bundle}\n`;
    assert.equal(await read(local.service()), 'media');
    Reflect.deleteProperty(process.env, 'AWS_CA_BUNDLE');
    await failureOf(local.service().resolveEndpoint(STREAM, never));
    const keys = 'aws_access_key_id = AKIA\naws_secret_access_key = s\n';
    await writeFile(
      path.join(environment.folder, 'config'),
      `[default]\nca_bundle = ${bundle}\n[profile p]\n${keys}`,
    );
    assert.equal(await read(local.service()), 'media');
    const profile = { kind: 'profile', profile: 'p' } as const;
    await failureOf(local.service({ credentials: profile }).resolveEndpoint(STREAM, never));
    process.env['AWS_CA_BUNDLE'] = '/no/such/file.pem';
    const error = await failureOf(local.service().resolveEndpoint(STREAM, never));
    assert.equal(error.ErrorType, 'InvalidCaBundle');
    assert.match(error.message, /AWS_CA_BUNDLE names \/no\/such\/file\.pem, which cannot be read \(ENOENT\)/);
    assert.equal(errorRow(error).class, 'refused');
    await local.close();
    other.remove();
  });

  it('trusts an authority of the settings without a proxy too', async () => {
    const local = await new StubService('socket', authority.issue('local', ['127.0.0.1'])).listen();
    local.answers.set('/getMedia', reply(200, 'media'));
    const trusting = local.service({ network: { ca: authority.cert } });
    assert.equal(await read(trusting), 'media');
    await failureOf(local.service().resolveEndpoint(STREAM, never));
    await local.close();
  });

  for (const [what, args, variable] of [
    ['NODE_EXTRA_CA_CERTS', [], 'NODE_EXTRA_CA_CERTS'],
    ['the system’s CAs with --use-openssl-ca', ['--use-openssl-ca'], 'SSL_CERT_FILE'],
    ['the system’s CAs with --use-system-ca', ['--use-system-ca'], 'SSL_CERT_FILE'],
  ] as const) {
    const isKnown = args.every((each) => process.allowedNodeEnvironmentFlags.has(each));
    const where = isKnown ? '' : ' (skipped: this Node.js has no such option)';
    (isKnown ? it : it.skip)(
      `keeps trusting ${what} beside an authority of the settings${where}`,
      async () => {
        const other = new CertificateAuthority('another');
        const local = await new StubService('socket', authority.issue('local', ['127.0.0.1'])).listen();
        const extra = path.join(environment.folder, 'extra.pem');
        await writeFile(extra, authority.cert);
        const program = `
      const { KinesisVideoService } = require('./src/kinesis-video');
      const service = new KinesisVideoService(${JSON.stringify({
        region: 'eu-west-1',
        credentials: KEYS,
        endpoint: local.url,
        network: { ca: other.cert },
      })});
      service.resolveEndpoint({ StreamName: 'x' }, new AbortController().signal)
        .then(() => console.log('trusted'), (error) => console.log(error.message));`;
        const all = [...args, '--import', 'tsx', '--eval', program];
        const { stdout } = await promisify(execFile)(process.execPath, all, {
          cwd: REPOSITORY,
          env: { ...process.env, [variable]: extra },
        });
        assert.equal(stdout.trim(), 'trusted');
        await local.close();
        other.remove();
      },
    );
  }

  const hosts: [what: string, options: Partial<KinesisVideoServiceOptions>, control: string, sts: string][] =
    [
      [
        'China',
        { region: 'cn-north-1' },
        'kinesisvideo.cn-north-1.amazonaws.com.cn:443',
        'sts.cn-north-1.amazonaws.com.cn:443',
      ],
      [
        'GovCloud',
        { region: 'us-gov-west-1' },
        'kinesisvideo.us-gov-west-1.amazonaws.com:443',
        'sts.us-gov-west-1.amazonaws.com:443',
      ],
      [
        'GovCloud with FIPS',
        { region: 'us-gov-west-1', useFips: true },
        'kinesisvideo-fips.us-gov-west-1.amazonaws.com:443',
        'sts.us-gov-west-1.amazonaws.com:443',
      ],
      [
        'a region with FIPS',
        { region: 'us-east-1', useFips: true },
        'kinesisvideo-fips.us-east-1.amazonaws.com:443',
        'sts-fips.us-east-1.amazonaws.com:443',
      ],
      [
        'a region with dual-stack',
        { region: 'eu-west-1', useDualstack: true },
        'kinesisvideo.eu-west-1.api.aws:443',
        'sts.eu-west-1.api.aws:443',
      ],
    ];
  for (const [what, options, control, sts] of hosts) {
    it(`goes to the right hosts in ${what}`, async () => {
      const proxy = await start({ refuseWith: 403 });
      const network = { proxy: { url: proxy.url } };
      const service = open({ ...options, network });
      await failureOf(service.resolveEndpoint(STREAM, never));
      await service.callerIdentity(never);
      const assuming = open({ ...options, network, credentials: { ...KEYS, role } });
      await failureOf(assuming.resolveEndpoint(STREAM, never));
      assert.equal(proxy.asked[0], control);
      assert.deepEqual([...new Set(proxy.asked.slice(1))], [sts]);
    });
  }
});
