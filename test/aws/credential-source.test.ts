import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../src/clock';
import { originText } from '../../nodes/shared/origin-text';
import { type CredentialSource, type KinesisVideoService } from '../../src/kinesis-video';
import { english } from '../../testing/texts';
import { BareEnvironment } from './environment';
import { KEYS, STREAM, StubService, failureOf, json, never, reply } from '../kinesis-video/stub-service';

const ROLE = { roleArn: 'arn:aws:iam::123456789012:role/reader', roleSessionName: 'cameras' };
const HOUR = 3_600_000;

/** STS's answer, as its documentation has it. */
function assumed(action: string, id: string, expiresInMs = HOUR): string {
  const expires = new Date(Date.now() + expiresInMs).toISOString();
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>
<AssumedRoleUser><AssumedRoleId>AROA:cameras</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/reader/cameras</Arn></AssumedRoleUser>
<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token-of-${id}</SessionToken><Expiration>${expires}</Expiration></Credentials>
</${action}Result><ResponseMetadata><RequestId>sts-1</RequestId></ResponseMetadata></${action}Response>`;
}

describe('sources of credentials', () => {
  let stub: StubService;
  let sts: StubService;
  let environment: BareEnvironment;

  beforeEach(async () => {
    environment = await BareEnvironment.enter();
    stub = await new StubService().listen();
    sts = await new StubService().listen();
    process.env['AWS_ENDPOINT_URL_STS'] = sts.url;
  });
  afterEach(async () => {
    await stub.close();
    await sts.close();
    await environment.leave();
  });

  /** What the next call was signed with, and what the service says of where that came from. */
  const used = async (source: CredentialSource, service = stub.service({ credentials: source })) => {
    service.forgetEndpoint(STREAM);
    await service.resolveEndpoint(STREAM, never);
    const { headers } = stub.requests.at(-1) ?? {};
    return {
      id: /Credential=([^/]+)/.exec(headers?.authorization ?? '')?.[1],
      token: headers?.['x-amz-security-token'],
      origin: described(service),
    };
  };
  const described = ({ credentialOrigin }: KinesisVideoService) =>
    credentialOrigin === undefined ? undefined : originText(credentialOrigin, english);
  const xml = (body: string) => reply(200, body, { 'content-type': 'text/xml' });

  describe('a role', () => {
    it('is assumed with the keys given, under its session name and with its external id', async () => {
      sts.answers.set('/', xml(assumed('AssumeRole', 'ASIAROLE')));
      const role = { ...ROLE, externalId: 'customer:7' };
      assert.deepEqual(await used({ ...KEYS, role }), {
        id: 'ASIAROLE',
        token: 'token-of-ASIAROLE',
        origin: `the role ${ROLE.roleArn}, assumed with the access keys of the account`,
      });
      const [asked] = sts.requests;
      const form = Object.fromEntries(new URLSearchParams(asked?.text));
      assert.equal(form['Action'], 'AssumeRole');
      assert.equal(form['RoleArn'], ROLE.roleArn);
      assert.equal(form['RoleSessionName'], 'cameras');
      assert.equal(form['ExternalId'], 'customer:7');
      assert.match(
        asked?.headers.authorization ?? '',
        /Credential=AKIAEXAMPLEEXAMPLE12\/\d+\/eu-west-1\/sts\//,
      );
    });

    it('is assumed with what the default chain or a profile gives', async () => {
      process.env['AWS_ACCESS_KEY_ID'] = 'AKIAENVIRONMENT';
      process.env['AWS_SECRET_ACCESS_KEY'] = 's';
      await writeFile(
        path.join(environment.folder, 'credentials'),
        '[camera]\naws_access_key_id = AKIACAMERA\naws_secret_access_key = s\n',
      );
      sts.answers.set('/', xml(assumed('AssumeRole', 'ASIAROLE')));
      const cases: [CredentialSource, string, RegExp][] = [
        [
          { kind: 'default', role: ROLE },
          'AKIAENVIRONMENT',
          /assumed with the access keys of the environment/,
        ],
        [{ kind: 'profile', profile: 'camera', role: ROLE }, 'AKIACAMERA', /with the profile "camera"/],
      ];
      for (const [source, id, origin] of cases) {
        const found = await used(source);
        assert.equal(found.id, 'ASIAROLE');
        assert.match(found.origin ?? '', origin);
        assert.match(sts.requests.at(-1)?.headers.authorization ?? '', new RegExp(`Credential=${id}/`));
      }
    });

    it('is assumed anew five minutes before its credentials expire', async () => {
      let passed = 0;
      const credentials = { ...KEYS, role: ROLE };
      const service = stub.service({
        credentials,
        clock: { ...systemClock, now: () => Date.now() + passed },
      });
      sts.answers.set('/', xml(assumed('AssumeRole', 'ASIAFIRST')));
      assert.equal((await used(credentials, service)).id, 'ASIAFIRST');
      sts.answers.set('/', xml(assumed('AssumeRole', 'ASIASECOND', 3 * HOUR)));
      passed = 54 * 60_000;
      assert.equal((await used(credentials, service)).id, 'ASIAFIRST');
      passed = 56 * 60_000;
      assert.equal((await used(credentials, service)).id, 'ASIASECOND');
      assert.equal(sts.requests.length, 2);
    });

    it('that is refused says so in the words of STS, without the keys', async () => {
      const message = `User ${KEYS.accessKeyId} is not authorized to perform: sts:AssumeRole`;
      sts.answers.set(
        '/',
        reply(
          403,
          `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`,
          {
            'content-type': 'text/xml',
            'x-amzn-requestid': 'sts-1',
          },
        ),
      );
      const service = stub.service({ credentials: { ...KEYS, role: ROLE } });
      const error = await failureOf(service.resolveEndpoint(STREAM, never));
      assert.equal(error.operation, 'Credentials');
      assert.match(error.ErrorType, /^AccessDenied/);
      assert.deepEqual([error.statusCode, error.RequestId], [403, 'sts-1']);
      assert.match(error.message, /not authorized to perform: sts:AssumeRole/);
      assert.doesNotMatch(error.message, new RegExp(KEYS.accessKeyId));
      assert.equal(stub.requests.length, 0);
    });
  });

  describe('the default chain', () => {
    it('takes web identity from the environment, and says so', async () => {
      await writeFile(path.join(environment.folder, 'token'), 'a-web-identity-token');
      process.env['AWS_WEB_IDENTITY_TOKEN_FILE'] = path.join(environment.folder, 'token');
      process.env['AWS_ROLE_ARN'] = ROLE.roleArn;
      sts.answers.set('/', xml(assumed('AssumeRoleWithWebIdentity', 'ASIAWEB')));
      assert.deepEqual(await used({ kind: 'default' }), {
        id: 'ASIAWEB',
        token: 'token-of-ASIAWEB',
        origin: 'the web identity of the environment',
      });
      assert.match(sts.requests[0]?.text ?? '', /WebIdentityToken=a-web-identity-token/);
    });

    it('takes the credentials of a container, and says so', async () => {
      process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${sts.url}/container`;
      process.env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] = 'the-container';
      const Expiration = new Date(Date.now() + HOUR).toISOString();
      sts.answers.set(
        '/container',
        json(200, { AccessKeyId: 'ASIACONTAINER', SecretAccessKey: 's', Token: 't', Expiration }),
      );
      assert.deepEqual(await used({ kind: 'default' }), {
        id: 'ASIACONTAINER',
        token: 't',
        origin: 'the role of the container',
      });
      assert.equal(sts.requests[0]?.headers.authorization, 'the-container');
    });

    it('takes the role of an instance, and says so though the SDK leaves no mark', async () => {
      Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = sts.url;
      const roles = '/latest/meta-data/iam/security-credentials/';
      const Expiration = new Date(Date.now() + HOUR).toISOString();
      sts.answers.set('/latest/api/token', reply(200, 'metadata-token'));
      sts.answers.set(roles, reply(200, 'camera-server'));
      sts.answers.set(
        `${roles}camera-server`,
        json(200, { AccessKeyId: 'ASIAINSTANCE', SecretAccessKey: 's', Token: 't', Expiration }),
      );
      const { id, origin } = await used({ kind: 'default' });
      assert.deepEqual([id, origin], ['ASIAINSTANCE', 'the role of the instance']);
      assert.equal(sts.requests.at(-1)?.headers['x-aws-ec2-metadata-token'], 'metadata-token');
    });

    it('calls the role of an instance the same at every renewal', async () => {
      Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = sts.url;
      const roles = '/latest/meta-data/iam/security-credentials/';
      sts.answers.set('/latest/api/token', reply(200, 'metadata-token'));
      sts.answers.set(roles, reply(200, 'camera-server'));
      const source: CredentialSource = { kind: 'default' };
      const service = stub.service({ credentials: source });
      const found: unknown[] = [];
      // An instance gets its new credentials about when the old ones are due for renewal, so some come twice.
      for (const [id, minutes] of [
        ['ASIAFIRST', 4],
        ['ASIAFIRST', 4],
        ['ASIASECOND', 4],
        ['ASIATHIRD', 60],
        ['ASIAFOURTH', 60],
      ] as const) {
        const Expiration = new Date(Date.now() + minutes * 60_000).toISOString();
        sts.answers.set(
          `${roles}camera-server`,
          json(200, { AccessKeyId: id, SecretAccessKey: 's', Token: 't', Expiration }),
        );
        const { id: usedId, origin } = await used(source, service);
        found.push([usedId, origin]);
      }
      assert.deepEqual(
        found,
        ['ASIAFIRST', 'ASIAFIRST', 'ASIASECOND', 'ASIATHIRD', 'ASIATHIRD'].map((id) => [
          id,
          'the role of the instance',
        ]),
      );
    });

    it('names the profile that the environment chose', async () => {
      process.env['AWS_PROFILE'] = 'camera';
      await writeFile(
        path.join(environment.folder, 'credentials'),
        '[camera]\naws_access_key_id = AKIACAMERA\naws_secret_access_key = s\n',
      );
      const { id, origin } = await used({ kind: 'default' });
      assert.deepEqual([id, origin], ['AKIACAMERA', 'the profile "camera" of the shared AWS files']);
    });
  });

  describe('who they are', () => {
    const answer =
      '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/door</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';

    it('is asked of STS, signed for it', async () => {
      sts.answers.set('/', xml(answer));
      assert.deepEqual(await stub.service().callerIdentity(never), {
        Account: '123456789012',
        Arn: 'arn:aws:iam::123456789012:user/door',
      });
      const [asked] = sts.requests;
      assert.equal(asked?.text, 'Action=GetCallerIdentity&Version=2011-06-15');
      assert.match(asked.headers.authorization ?? '', /\/eu-west-1\/sts\/aws4_request/);
    });

    it('stays unknown where STS refuses, is not there, or is not the judge', async () => {
      sts.answers.set('/', reply(403, '<ErrorResponse/>'));
      assert.equal(await stub.service().callerIdentity(never), undefined);
      process.env['AWS_ENDPOINT_URL_STS'] = 'http://127.0.0.1:1';
      assert.equal(await stub.service().callerIdentity(never), undefined);
      Reflect.deleteProperty(process.env, 'AWS_ENDPOINT_URL_STS');
      assert.equal(await stub.service().callerIdentity(never), undefined);
    });
  });
});
