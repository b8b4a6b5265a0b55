import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock';
import type { CredentialSource, KinesisVideoService } from '../../src/kinesis-video';
import { CredentialRegistry } from '../../src/aws/credential-registry';
import { BareEnvironment } from './environment';
import { KEYS, STREAM, StubService, failureOf, json, never, reply } from '../kinesis-video/stub-service';

const HOUR = 3_600_000;
const roleArn = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

describe('credentials of one source for many accounts', () => {
  let environment: BareEnvironment;
  let stub: StubService;
  /** The credential service of a container, and STS. */
  let source: StubService;
  let registry: CredentialRegistry;
  let given = 0;

  beforeEach(async () => {
    environment = await BareEnvironment.enter();
    stub = await new StubService().listen();
    source = await new StubService().listen();
    registry = new CredentialRegistry();
    given = 0;
    process.env['AWS_ENDPOINT_URL_STS'] = source.url;
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${source.url}/container`;
    source.answers.set('/container', give());
    source.answers.set('/', (response, { text }) => {
      const asked = new URLSearchParams(text).get('RoleArn')?.split('/')[1] ?? '';
      const Expiration = new Date(Date.now() + HOUR).toISOString();
      response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE${asked}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${Expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
        );
    });
  });
  afterEach(async () => {
    await stub.close();
    await source.close();
    await environment.leave();
  });

  const give =
    (expiresInMs = HOUR) =>
    (...[response, request]: Parameters<ReturnType<typeof json>>): void => {
      given += 1;
      const Expiration = new Date(Date.now() + expiresInMs).toISOString();
      json(200, { AccessKeyId: `ASIA${given}`, SecretAccessKey: 's', Token: 't', Expiration })(
        response,
        request,
      );
    };
  const open = (credentials: CredentialSource, more: Parameters<StubService['service']>[0] = {}) =>
    stub.service({ credentials, credentialRegistry: registry, ...more });
  /** What the service signs with. */
  const used = async (service: KinesisVideoService): Promise<string | undefined> => {
    const before = stub.requests.length;
    service.forgetEndpoint(STREAM);
    await service.resolveEndpoint(STREAM, never);
    const ids = stub.requests
      .slice(before)
      .map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]);
    return ids.at(-1);
  };
  const count = (path: string): number => source.to(path).length;

  it('are resolved once for all who begin at the same time', async () => {
    const services = Array.from({ length: 60 }, () => open({ kind: 'default' }));
    await Promise.all(services.map((service) => service.resolveEndpoint(STREAM, never)));
    assert.equal(count('/container'), 1);
    assert.ok(services.every((service) => service.credentialOrigin?.kind === 'container'));
  });

  it('serve all once the source has answered one, however many it refused before', async () => {
    source.answers.set('/container', reply(400, 'slow down'));
    const services = Array.from({ length: 60 }, () => open({ kind: 'default' }));
    await Promise.all(services.map((service) => failureOf(service.resolveEndpoint(STREAM, never))));
    source.answers.set('/container', give());
    const refused = count('/container');
    for (const service of services) {
      // As a session does after each refusal.
      service.forgetCredentials();
      assert.equal(await used(service), 'ASIA1');
    }
    assert.equal(count('/container'), refused + 1, 'a failure is not kept, what was given is');
  });

  it('are asked for anew once, when all have found them to be no good', async () => {
    const services = Array.from({ length: 5 }, () => open({ kind: 'default' }));
    for (const service of services) {
      assert.equal(await used(service), 'ASIA1');
    }
    for (const service of services) {
      service.forgetCredentials();
      assert.equal(await used(service), 'ASIA2');
    }
    assert.equal(given, 2);
  });

  it('are renewed once, five minutes before they expire', async () => {
    let passed = 0;
    const clock = { ...systemClock, now: () => Date.now() + passed };
    const services = Array.from({ length: 5 }, () => open({ kind: 'default' }, { clock }));
    const all = () => Promise.all(services.map((service) => used(service)));
    await all();
    source.answers.set('/container', give(3 * HOUR));
    passed = 56 * 60_000;
    await all();
    assert.equal(given, 2);
    await all();
    assert.equal(given, 2);
  });

  it('are kept apart where anything about the source differs', async () => {
    const second = { ...KEYS, accessKeyId: 'AKIAOTHER' };
    const role = (name: string, externalId?: string) => ({
      role: {
        roleArn: roleArn(name),
        roleSessionName: 'x',
        ...(externalId === undefined ? {} : { externalId }),
      },
    });
    const cases: [CredentialSource, string][] = [
      [KEYS, KEYS.accessKeyId],
      [second, 'AKIAOTHER'],
      [{ ...KEYS, secretAccessKey: 'another' }, KEYS.accessKeyId],
      [{ ...KEYS, ...role('A') }, 'ASIAROLEA'],
      [{ ...KEYS, ...role('B') }, 'ASIAROLEB'],
      [{ ...second, ...role('A') }, 'ASIAROLEA'],
      [{ ...KEYS, ...role('A', 'customer:1') }, 'ASIAROLEA'],
      [{ kind: 'default', ...role('A') }, 'ASIAROLEA'],
      [{ kind: 'default' }, 'ASIA1'],
    ];
    const services = cases.map(([credentials]) => open(credentials));
    for (const [i, service] of services.entries()) {
      assert.equal(await used(service), cases[i]?.[1]);
    }
    const signers = source
      .to('/')
      .map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]);
    assert.deepEqual(signers, [KEYS.accessKeyId, KEYS.accessKeyId, 'AKIAOTHER', KEYS.accessKeyId, 'ASIA1']);
    const others = [
      open({ kind: 'default' }, { region: 'eu-central-1' }),
      open({ kind: 'default' }, { network: { proxy: { url: 'http://127.0.0.1:1' } } }),
    ];
    for (const service of others) {
      await used(service);
    }
    assert.equal(count('/container'), 3);
  });

  it('of which roles are assumed are resolved once for all roles, and anew when a role is refused', async () => {
    const roles = ['A', 'B', 'C'].map((name) =>
      open({ kind: 'default', role: { roleArn: roleArn(name), roleSessionName: 'x' } }),
    );
    const ids = await Promise.all(roles.map((service) => used(service)));
    assert.equal(count('/container'), 1);
    assert.equal(new Set(ids).size > 0, true);
    const assume = source.answers.get('/');
    source.answers.set(
      '/',
      reply(403, '<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>'),
    );
    for (const service of roles) {
      service.forgetCredentials();
      await failureOf(service.resolveEndpoint({ StreamName: 'other' }, never));
    }
    assert.ok(assume !== undefined);
    source.answers.set('/', assume);
    const before = given;
    await Promise.all(roles.map((service) => used(service)));
    assert.ok(given - before <= 1, `${given - before} resolutions`);
  });

  it('outlive the account that asked for them first, and are forgotten with the last', async () => {
    const [first, second] = [open({ kind: 'default' }), open({ kind: 'default' })];
    assert.equal(await used(first), 'ASIA1');
    first.close();
    assert.equal(await used(second), 'ASIA1');
    second.close();
    assert.equal(await used(open({ kind: 'default' })), 'ASIA2');
  });

  it('come also to those who wait when the account that asked for them is closed', async () => {
    let answer: (() => void) | undefined;
    source.answers.set('/container', (response, request) => {
      answer = () => {
        give()(response, request);
      };
    });
    const [first, second] = [open({ kind: 'default' }), open({ kind: 'default' })];
    const closing = first.resolveEndpoint(STREAM, never).catch((error: unknown) => String(error));
    const waiting = used(second);
    await source.received('/container');
    first.close();
    assert.match(await closing, /closed/);
    answer?.();
    assert.equal(await waiting, 'ASIA1');
    assert.equal(count('/container'), 1);
  });
});
