import assert from 'node:assert/strict';
import { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { systemClock } from '../../src/clock';
import { originText } from '../../nodes/shared/origin-text';
import { type CredentialSource } from '../../src/kinesis-video';
import { english } from '../../testing/texts';
import type { ClientCertificate } from '../../src/kinesis-video';
import { CertificateAuthority, skipWithoutOpenssl } from '../../testing/certificates';
import { ConnectProxy } from '../../testing/connect-proxy';
import { BareEnvironment } from './environment';
import type { Answer } from '../kinesis-video/stub-service';
import { STREAM, StubService, failureOf, json, never } from '../kinesis-video/stub-service';

const HOUR = 3_600_000;
const PATH = '/role-aliases/camera-reader/credentials';

describe('credentials of AWS IoT', function () {
  this.timeout(10_000);
  let authority: CertificateAuthority;
  let thing: ClientCertificate;
  let environment: BareEnvironment;
  let stub: StubService;
  let iot: StubService;

  before(function () {
    skipWithoutOpenssl(this);
    authority = new CertificateAuthority();
    thing = authority.issue('camera-1');
  });
  after(() => {
    authority.remove();
  });
  beforeEach(async () => {
    environment = await BareEnvironment.enter();
    stub = await new StubService().listen();
    const server = authority.issue('iot', ['127.0.0.1']);
    iot = await new StubService('https', {
      ...server,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    }).listen();
  });
  afterEach(async () => {
    await stub.close();
    await iot.close();
    await environment.leave();
  });

  const granting =
    (id: string, expiresInMs = HOUR): Answer =>
    (response, request) => {
      const { socket } = request;
      const CN = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;
      const expiration = new Date(Date.now() + expiresInMs).toISOString();
      const credentials = {
        accessKeyId: id,
        secretAccessKey: 's',
        sessionToken: `of-${String(CN)}`,
        expiration,
      };
      json(200, { credentials })(response, request);
    };
  const source = (certificate: ClientCertificate = thing): CredentialSource & { kind: 'iot' } => ({
    kind: 'iot',
    endpoint: `127.0.0.1:${iot.port}`,
    roleAlias: 'camera-reader',
    thingName: 'camera-1',
    certificate,
  });
  const open = (credentials: CredentialSource = source(), clock = systemClock) =>
    stub.service({ credentials, clock, network: { ca: authority.cert } });
  const usedId = async (service: ReturnType<typeof open>) => {
    service.forgetEndpoint(STREAM);
    await service.resolveEndpoint(STREAM, never);
    return /Credential=([^/]+)/.exec(stub.requests.at(-1)?.headers.authorization ?? '')?.[1];
  };

  it('are given to who shows the certificate, for the role alias and in the name of the thing', async () => {
    iot.answers.set(PATH, granting('ASIATHING'));
    const service = open();
    assert.equal(await usedId(service), 'ASIATHING');
    assert.equal(stub.requests.at(-1)?.headers['x-amz-security-token'], 'of-camera-1');
    const [asked] = iot.requests;
    assert.equal(asked?.method, 'GET');
    assert.equal(asked.path, PATH);
    assert.equal(asked.headers['x-amzn-iot-thingname'], 'camera-1');
    assert.equal(
      originText(service.credentialOrigin ?? { kind: 'keys' }, english),
      'the IoT certificate of the thing "camera-1"',
    );
  });

  it('are asked for with a key that a passphrase locks', async () => {
    iot.answers.set(PATH, granting('ASIATHING'));
    const key = authority.locked(thing.key, 'open sesame');
    assert.equal(await usedId(open(source({ ...thing, key, passphrase: 'open sesame' }))), 'ASIATHING');
    const error = await failureOf(
      open(source({ ...thing, key, passphrase: 'wrong' })).resolveEndpoint(STREAM, never),
    );
    assert.equal(error.ErrorType, 'MissingCredentials');
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /BEGIN|wrong/);
  });

  it('are asked for without a name where the thing has none', async () => {
    iot.answers.set(PATH, granting('ASIATHING'));
    const { kind, endpoint, roleAlias, certificate } = source();
    assert.equal(await usedId(open({ kind, endpoint, roleAlias, certificate })), 'ASIATHING');
    assert.equal(iot.requests[0]?.headers['x-amzn-iot-thingname'], undefined);
  });

  it('are asked for through a proxy', async () => {
    const host = 'a1b2.credentials.iot.eu-west-1.amazonaws.com';
    const server = authority.issue('iot', [host]);
    const far = await new StubService('https', {
      ...server,
      ca: authority.cert,
      requestCert: true,
    }).listen();
    far.answers.set(PATH, granting('ASIATHING'));
    const proxy = await new ConnectProxy({ lead: () => far.port }).listen();
    const network = { ca: authority.cert, proxy: { url: proxy.url } };
    const credentials = { ...source(), endpoint: host };
    const service = stub.service({ credentials, network });
    assert.equal(await usedId(service), 'ASIATHING');
    assert.equal(stub.requests.at(-1)?.headers['x-amz-security-token'], 'of-camera-1');
    assert.deepEqual(proxy.asked, [`${host}:443`]);
    await proxy.idle();
    await proxy.close();
    await far.close();
  });

  it('are renewed five minutes before they expire', async () => {
    let passed = 0;
    const service = open(source(), { ...systemClock, now: () => Date.now() + passed });
    iot.answers.set(PATH, granting('ASIAFIRST'));
    assert.equal(await usedId(service), 'ASIAFIRST');
    iot.answers.set(PATH, granting('ASIASECOND', 3 * HOUR));
    passed = 54 * 60_000;
    assert.equal(await usedId(service), 'ASIAFIRST');
    passed = 56 * 60_000;
    assert.equal(await usedId(service), 'ASIASECOND');
  });

  it('that are refused keep the words of AWS IoT', async () => {
    iot.answers.set(
      PATH,
      json(
        403,
        { message: 'Access Denied' },
        { 'x-amzn-RequestId': 'iot-1', 'x-amzn-ErrorType': 'AccessDeniedException' },
      ),
    );
    const error = await failureOf(open().resolveEndpoint(STREAM, never));
    assert.equal(error.operation, 'Credentials');
    assert.deepEqual(
      [error.ErrorType, error.statusCode, error.RequestId],
      ['AccessDeniedException', 403, 'iot-1'],
    );
    assert.match(error.message, /Access Denied/);
    assert.equal(stub.requests.length, 0);
  });

  it('are not given to a certificate of another authority', async () => {
    iot.answers.set(PATH, granting('ASIATHING'));
    const other = new CertificateAuthority('another');
    const error = await failureOf(open(source(other.issue('camera-1'))).resolveEndpoint(STREAM, never));
    assert.equal(error.ErrorType, 'NetworkError');
    assert.equal(error.operation, 'Credentials');
    assert.equal(iot.requests.length, 0);
    other.remove();
  });

  it('are not asked of a server that is not trusted', async () => {
    iot.answers.set(PATH, granting('ASIATHING'));
    const error = await failureOf(stub.service({ credentials: source() }).resolveEndpoint(STREAM, never));
    assert.equal(error.ErrorType, 'NetworkError');
    assert.match(error.message, /certificate that no trusted CA has signed came from the server at 127/);
    assert.equal(iot.requests.length, 0);
  });

  for (const [what, answer] of [
    ['no JSON', (response) => response.end('<html>')],
    ['no credentials', json(200, { credentials: { accessKeyId: 'A' } })],
    [
      'no time of expiry',
      json(200, { credentials: { accessKeyId: 'A', secretAccessKey: 's', sessionToken: 't' } }),
    ],
  ] as readonly (readonly [string, Answer])[]) {
    it(`are missing where the answer holds ${what}`, async () => {
      iot.answers.set(PATH, answer);
      const error = await failureOf(open().resolveEndpoint(STREAM, never));
      assert.equal(error.ErrorType, 'MissingCredentials');
      assert.match(
        error.message,
        /the answer of 127\.0\.0\.1:\d+ is not one of AWS IoT’s credential provider/,
      );
    });
  }
});
