import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { systemClock } from '../../src/clock';
import type { CredentialSource } from '../../src/kinesis-video';
import { CredentialRegistry, type CredentialLease } from '../../src/aws/credential-registry';
import type { KinesisVideoServiceOptions } from '../../src/kinesis-video';
import { KEYS, STREAM, StubService, failureOf, never } from '../kinesis-video/stub-service';

describe('credentials', () => {
  let stub: StubService;
  let folder: string;
  const saved = { ...process.env };

  beforeEach(async () => {
    stub = await new StubService().listen();
    folder = await mkdtemp(path.join(tmpdir(), 'kvs-flow-'));
    for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) {
      Reflect.deleteProperty(process.env, name);
    }
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = path.join(folder, 'credentials');
    process.env['AWS_CONFIG_FILE'] = path.join(folder, 'config');
  });
  afterEach(async () => {
    await stub.close();
    await rm(folder, { recursive: true });
    for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) {
      Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, saved);
  });

  const shared = (text: string) => writeFile(path.join(folder, 'credentials'), text);
  const keysOf = (profile: string, id: string, more = '') =>
    `[${profile}]\naws_access_key_id = ${id}\naws_secret_access_key = s\n${more}\n`;
  /** The access key id that the last call was signed with. */
  const usedId = async (
    source: CredentialSource,
    options: Partial<KinesisVideoServiceOptions> = {},
    service = stub.service({ credentials: source, ...options }),
  ) => {
    service.forgetEndpoint(STREAM);
    await service.resolveEndpoint(STREAM, never);
    return /Credential=([^/]+)/.exec(stub.requests.at(-1)?.headers.authorization ?? '')?.[1];
  };

  it('come from the keys given, whatever the environment has', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIAENVIRONMENT';
    process.env['AWS_SECRET_ACCESS_KEY'] = 's';
    assert.equal(await usedId(KEYS), KEYS.accessKeyId);
  });

  it('come from the environment through the default chain', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIAENVIRONMENT';
    process.env['AWS_SECRET_ACCESS_KEY'] = 's';
    process.env['AWS_SESSION_TOKEN'] = 'token';
    assert.equal(await usedId({ kind: 'default' }), 'AKIAENVIRONMENT');
    assert.equal(stub.requests.at(-1)?.headers['x-amz-security-token'], 'token');
  });

  it('come from the default profile through the default chain', async () => {
    await shared(keysOf('default', 'AKIADEFAULT'));
    assert.equal(await usedId({ kind: 'default' }), 'AKIADEFAULT');
  });

  it('come from the named profile, whatever the environment has', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIAENVIRONMENT';
    process.env['AWS_SECRET_ACCESS_KEY'] = 's';
    await shared(keysOf('default', 'AKIADEFAULT') + keysOf('camera', 'AKIACAMERA', 'aws_session_token = t'));
    assert.equal(await usedId({ kind: 'profile', profile: 'camera' }), 'AKIACAMERA');
    assert.equal(stub.requests.at(-1)?.headers['x-amz-security-token'], 't');
  });

  it('are read again once they are forgotten, on both planes', async () => {
    await shared(keysOf('camera', 'AKIAFIRST'));
    const source = { kind: 'profile', profile: 'camera' } as const;
    const service = stub.service({ credentials: source });
    assert.equal(await usedId(source, {}, service), 'AKIAFIRST');
    await shared(keysOf('camera', 'AKIASECOND'));
    assert.equal(await usedId(source, {}, service), 'AKIAFIRST');
    service.forgetCredentials();
    assert.equal(await usedId(source, {}, service), 'AKIASECOND');
    await service.getMedia(STREAM, { StartSelectorType: 'NOW' }, never).catch(() => undefined);
    assert.match(stub.to('/getMedia')[0]?.headers.authorization ?? '', /Credential=AKIASECOND\//);
  });

  /** A credential process that prints a file, so that a test decides what it says. */
  const printing = async (id: string, expiresInMs: number) => {
    const Expiration = new Date(Date.now() + expiresInMs).toISOString();
    const said = JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: 's', Expiration });
    await writeFile(path.join(folder, 'said.json'), said);
    await writeFile(
      path.join(folder, 'print.js'),
      `process.stdout.write(require('fs').readFileSync('${folder}/said.json'))`,
    );
    await writeFile(
      path.join(folder, 'config'),
      `[profile made]\ncredential_process = "${process.execPath}" "${folder}/print.js"\n`,
    );
  };

  it('of a credential process are renewed five minutes before they expire', async () => {
    let passed = 0;
    const source = { kind: 'profile', profile: 'made' } as const;
    await printing('AKIAFIRST', 3_600_000);
    const service = stub.service({
      credentials: source,
      clock: { ...systemClock, now: () => Date.now() + passed },
    });
    assert.equal(await usedId(source, {}, service), 'AKIAFIRST');
    await printing('AKIASECOND', 3_600_000 * 3);
    passed = 54 * 60_000;
    assert.equal(await usedId(source, {}, service), 'AKIAFIRST');
    passed = 56 * 60_000;
    assert.equal(await usedId(source, {}, service), 'AKIASECOND');
  });

  it('that still hold are used on when renewing fails, and no longer than they hold', async () => {
    let passed = 0;
    const source = { kind: 'profile', profile: 'made' } as const;
    await printing('AKIAFIRST', 3_600_000);
    const service = stub.service({
      credentials: source,
      clock: { ...systemClock, now: () => Date.now() + passed },
    });
    assert.equal(await usedId(source, {}, service), 'AKIAFIRST');
    await writeFile(path.join(folder, 'said.json'), 'not JSON: canary');
    passed = 57 * 60_000;
    assert.equal(await usedId(source, {}, service), 'AKIAFIRST');
    passed = 61 * 60_000;
    service.forgetEndpoint(STREAM);
    const error = await failureOf(service.resolveEndpoint(STREAM, never));
    assert.equal(error.ErrorType, 'CredentialsUnavailable');
    assert.equal(
      error.message,
      'The source of AWS credentials could not be asked: the credential process of the profile "made" printed something else.',
    );
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /canary/);
  });

  const missing: readonly [string, CredentialSource, string | RegExp][] = [
    [
      'the default chain',
      { kind: 'default' },
      'No AWS credentials: the AWS default provider chain (environment, shared files, SSO, web identity, container and instance roles) gave none.',
    ],
    [
      'a profile that is not there',
      { kind: 'profile', profile: 'absent' },
      /^No AWS credentials: there is no profile "absent" in \S+config or \S+credentials\.$/,
    ],
    [
      'empty keys',
      { kind: 'keys', accessKeyId: ' ', secretAccessKey: '' },
      'No AWS credentials: the access key id or the secret access key is empty.',
    ],
  ];
  for (const [what, credentials, message] of missing) {
    it(`are missing: ${what}, and no call is made`, async () => {
      const service = stub.service({ credentials });
      for (const call of [
        service.getMedia(STREAM, { StartSelectorType: 'NOW' }, never),
        service.listStreams({}),
      ]) {
        const error = await failureOf(call);
        assert.equal(error.ErrorType, 'MissingCredentials');
        assert.equal(error.operation, 'Credentials');
        assert.equal(error.statusCode, null);
        assert.equal(error.RequestId, null);
        if (typeof message === 'string') {
          assert.equal(error.message, message);
        } else {
          assert.match(error.message, message);
        }
      }
      assert.equal(stub.requests.length, 0);
    });
  }

  it('that were missing are found once they are there', async () => {
    const source = { kind: 'profile', profile: 'camera' } as const;
    const service = stub.service({ credentials: source });
    await failureOf(service.resolveEndpoint(STREAM, never));
    await shared(keysOf('camera', 'AKIALATER'));
    assert.equal(await usedId(source, {}, service), 'AKIALATER');
  });

  it('whose credential process fails show neither its command nor its output', async () => {
    await writeFile(
      path.join(folder, 'config'),
      '[profile made]\ncredential_process = sh -c "echo canary-out; echo canary-err >&2; exit 3"\n',
    );
    const error = await failureOf(
      stub.service({ credentials: { kind: 'profile', profile: 'made' } }).resolveEndpoint(STREAM, never),
    );
    assert.equal(error.ErrorType, 'CredentialsUnavailable');
    assert.doesNotMatch(`${error.message}${inspect(error, { depth: 9, showHidden: true })}`, /canary|exit 3/);
  });

  it('that never come do not hang a call', async () => {
    // The process waits for the end of a connection, so that it ends with the test.
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await writeFile(path.join(folder, 'wait.js'), `require('net').connect(${port}, '127.0.0.1').resume();`);
    await writeFile(
      path.join(folder, 'config'),
      `[profile made]\ncredential_process = "${process.execPath}" "${folder}/wait.js"\n`,
    );
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const error = await failureOf(leased(new CredentialRegistry(), 'made', 50).get());
    const [socket] = await connected;
    socket.end();
    server.close();
    assert.equal(error.ErrorType, 'CredentialsUnavailable');
    assert.match(error.message, /the profile "made" did not answer in time/);
  });

  const leased = (registry: CredentialRegistry, profile: string, timeoutMs = 10_000): CredentialLease =>
    registry.lease(
      {
        source: { kind: 'profile', profile },
        region: 'eu-west-1',
        connectTimeoutMs: 1_000,
        answerTimeoutMs: 1_000,
        timeoutMs,
      },
      Date.now,
    );

  it('are asked for once by calls at the same time', async () => {
    await printing('AKIAFIRST', 3_600_000);
    const lease = leased(new CredentialRegistry(), 'made');
    const [first, second] = await Promise.all([lease.get(), lease.get()]);
    assert.equal(first, second);
  });

  it('that a role is refused keep the error of the service that refused', async () => {
    await shared(keysOf('base', 'AKIABASE'));
    await writeFile(
      path.join(folder, 'config'),
      `[profile role]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = base\n`,
    );
    process.env['AWS_ENDPOINT_URL_STS'] = stub.url;
    stub.answers.set('/', (response) => {
      const xml =
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error><RequestId>sts-1</RequestId></ErrorResponse>';
      response.writeHead(403, { 'content-type': 'text/xml', 'x-amzn-requestid': 'sts-1' }).end(xml);
    });
    const error = await failureOf(
      stub.service({ credentials: { kind: 'profile', profile: 'role' } }).resolveEndpoint(STREAM, never),
    );
    assert.equal(error.operation, 'Credentials');
    assert.match(error.ErrorType, /^AccessDenied/);
    assert.equal(error.statusCode, 403);
    assert.equal(error.RequestId, 'sts-1');
    assert.match(error.message, /not authorized to perform: sts:AssumeRole/);
  });
});
