import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CredentialSource, KinesisVideoServiceOptions } from '../../src/kinesis-video';
import { errorRow } from '../../src/session/error-table';
import { wordsIn } from '../../testing/texts';
import { STREAM, StubService, failureOf, json, never, reply } from '../kinesis-video/stub-service';
import { BareEnvironment } from './environment';

const ROLES = '/latest/meta-data/iam/security-credentials/';
const SSO_CALL = '/federation/credentials?account_id=123456789012&role_name=reader';
const INSTANCE_KEYS = {
  AccessKeyId: 'ASIAINSTANCE',
  SecretAccessKey: 's',
  Token: 't',
  Expiration: new Date(Date.now() + 3_600_000).toISOString(),
};

describe('credentials that a source does not give', () => {
  let stub: StubService;
  let environment: BareEnvironment;
  const home = process.env['HOME'];

  beforeEach(async () => {
    environment = await BareEnvironment.enter();
    stub = await new StubService().listen();
  });
  afterEach(async () => {
    await stub.close();
    await environment.leave();
    process.env['HOME'] = home;
  });

  const config = (text: string) => writeFile(path.join(environment.folder, 'config'), text);
  const failed = async (source: CredentialSource, options: Partial<KinesisVideoServiceOptions> = {}) => {
    const service = stub.service({ credentials: source, ...options });
    const error = await failureOf(service.resolveEndpoint(STREAM, never));
    service.close();
    return {
      type: error.ErrorType,
      class: errorRow(error).class,
      message: error.message,
      detail: error.statements[1],
      german: wordsIn('de').sentences(error.statements),
    };
  };
  const usedId = async (source: CredentialSource) => {
    const service = stub.service({ credentials: source });
    await service.resolveEndpoint(STREAM, never);
    service.close();
    return /Credential=([^/]+)/.exec(stub.requests.at(-1)?.headers.authorization ?? '')?.[1];
  };
  const profile = (name: string): CredentialSource => ({ kind: 'profile', profile: name });

  describe('because it could not be asked: that may pass', () => {
    it('a credential process that fails once', async () => {
      const flag = path.join(environment.folder, 'ready');
      const keys = '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"s"}';
      await writeFile(path.join(environment.folder, 'said.json'), keys);
      await config(`[profile p]\ncredential_process = cat "${environment.folder}/said.json" "${flag}"\n`);
      const { type, class: errorClass, message, detail } = await failed(profile('p'));
      assert.deepEqual([type, errorClass], ['CredentialsUnavailable', 'transient']);
      assert.match(message, /the credential process of the profile "p" failed\.$/);
      assert.deepEqual(detail, { key: 'credentials.processFailed', data: { profile: 'p' } });
      await writeFile(flag, '\n');
      assert.equal(await usedId(profile('p')), 'AKIAPROCESS');
    });

    it('the same in the default chain, where nothing else has credentials', async () => {
      await config('[default]\ncredential_process = false\n');
      const { type, class: errorClass } = await failed({ kind: 'default' });
      assert.deepEqual([type, errorClass], ['CredentialsUnavailable', 'transient']);
    });

    it('an instance metadata service that is out of order once', async () => {
      Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = stub.url;
      stub.answers.set('/latest/api/token', reply(200, 'metadata-token'));
      stub.answers.set(ROLES, reply(503, ''));
      const { type, class: errorClass, message } = await failed({ kind: 'default' });
      assert.deepEqual([type, errorClass], ['CredentialsUnavailable', 'transient']);
      assert.match(message, /the instance metadata service answered HTTP 503; .*hop limit/);
      stub.answers.set(ROLES, reply(200, 'reader'));
      stub.answers.set(`${ROLES}reader`, json(200, INSTANCE_KEYS));
      assert.equal(await usedId({ kind: 'default' }), 'ASIAINSTANCE');
    });

    it('an instance metadata service that the environment names and nobody reaches', async () => {
      Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = 'http://127.0.0.1:1';
      const { type, class: errorClass } = await failed({ kind: 'default' });
      assert.deepEqual([type, errorClass], ['CredentialsUnavailable', 'transient']);
    });

    it('a sign-in service that the network does not reach', async () => {
      await signedIn();
      process.env['AWS_ENDPOINT_URL_SSO'] = 'http://127.0.0.1:1';
      const { type, class: errorClass, message } = await failed(profile('sso'));
      assert.deepEqual([type, errorClass], ['NetworkError', 'transient']);
      assert.match(message, /the connection was refused/);
    });

    it('a sign-in service that has trouble of its own', async () => {
      await signedIn();
      process.env['AWS_ENDPOINT_URL_SSO'] = stub.url;
      stub.answers.set(SSO_CALL, reply(500, '{}'));
      const { type, class: errorClass, message } = await failed(profile('sso'));
      assert.deepEqual([type, errorClass], ['CredentialsUnavailable', 'transient']);
      assert.match(message, /a service that the profile "sso" needs answered HTTP 500/);
    });
  });

  describe('because it says no: a person has to act', () => {
    it('a sign-in that has expired, with the command that renews it', async () => {
      await config(ssoProfile('front-door'));
      process.env['HOME'] = environment.folder;
      const { type, class: errorClass, message } = await failed(profile('front-door'));
      assert.deepEqual([type, errorClass], ['MissingCredentials', 'refused']);
      assert.match(message, /SSO sign-in .* has expired; run: aws sso login --profile front-door\.$/);
    });

    it('a sign-in that the service no longer takes', async () => {
      await signedIn();
      process.env['AWS_ENDPOINT_URL_SSO'] = stub.url;
      stub.answers.set(SSO_CALL, json(401, { __type: 'UnauthorizedException' }));
      const { type, message } = await failed(profile('sso'));
      assert.equal(type, 'MissingCredentials');
      assert.match(message, /run: aws sso login --profile sso\.$/);
    });

    it('a profile that does not exist, also one that AWS_PROFILE names, with its line end', async () => {
      await config('[profile other]\nregion = eu-west-1\n');
      const expected = /there is no profile "cam" in \S+config or \S+credentials\.$/;
      assert.match((await failed(profile('cam'))).message, expected);
      assert.match(
        (await failed(profile('cam'))).german,
        /^Es konnten keine AWS-Zugangsdaten bezogen werden\. Das Profil „cam“ gibt es weder in \S+config noch in \S+credentials\.$/,
      );
      process.env['AWS_PROFILE'] = 'cam\n';
      const { type, class: errorClass, message } = await failed({ kind: 'default' });
      assert.deepEqual([type, errorClass], ['MissingCredentials', 'refused']);
      assert.match(message, expected);
      assert.match((await failed(profile('other'))).message, /profile "other" .* has none that can be used/);
    });

    it('a credential process that is not installed, or that prints keys of the past', async () => {
      await config(
        `[profile absent]\ncredential_process = kvs-flow-no-such-program --now\n[profile old]\ncredential_process = echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"2020-01-01T00:00:00Z"}'\n`,
      );
      const absent = await failed(profile('absent'));
      assert.deepEqual(
        [absent.type, absent.detail?.key],
        ['MissingCredentials', 'credentials.processAbsent'],
      );
      assert.doesNotMatch(absent.message, /no-such-program/);
      const old = await failed(profile('old'));
      assert.deepEqual([old.type, old.detail?.key], ['MissingCredentials', 'credentials.processAnswer']);
    });

    it('an instance whose session token does not reach a container, with the hop limit', async () => {
      Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = stub.url;
      stub.answers.set('/latest/api/token', reply(405, ''));
      stub.answers.set(ROLES, reply(401, ''));
      const { type, class: errorClass, message } = await failed({ kind: 'default' });
      assert.deepEqual([type, errorClass], ['MissingCredentials', 'refused']);
      assert.match(message, /--http-put-response-hop-limit 2/);
    });

    it('an instance without a role', async () => {
      Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = stub.url;
      stub.answers.set('/latest/api/token', reply(200, 'metadata-token'));
      stub.answers.set(ROLES, reply(404, ''));
      const { type, message } = await failed({ kind: 'default' });
      assert.equal(type, 'MissingCredentials');
      assert.match(message, /this instance has no role; attach an instance profile/);
    });

    it('an environment with half a pair of keys', async () => {
      process.env['AWS_ACCESS_KEY_ID'] = 'AKIAENVIRONMENT';
      const { type, message } = await failed({ kind: 'default' });
      assert.equal(type, 'MissingCredentials');
      assert.match(message, /AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not\.$/);
    });
  });

  describe('in a form that no request can be signed with', () => {
    it('keys of the environment lose their blanks and line ends', async () => {
      process.env['AWS_ACCESS_KEY_ID'] = ' AKIAENVIRONMENT\r\n';
      process.env['AWS_SECRET_ACCESS_KEY'] = 's\n';
      process.env['AWS_SESSION_TOKEN'] = '\n';
      assert.equal(await usedId({ kind: 'default' }), 'AKIAENVIRONMENT');
      assert.equal(stub.requests.at(-1)?.headers['x-amz-security-token'], undefined);
    });

    it('a line end in the middle is named, and stops at once', async () => {
      process.env['AWS_ACCESS_KEY_ID'] = 'AKIA\nENVIRONMENT';
      process.env['AWS_SECRET_ACCESS_KEY'] = 's';
      const { type, class: errorClass, message } = await failed({ kind: 'default' });
      assert.deepEqual([type, errorClass], ['MalformedCredentials', 'configuration']);
      assert.match(message, /the access key id has a blank, a line end or another character/);
      assert.doesNotMatch(message, /ENVIRONMENT/);
    });

    it('an endpoint of the environment that excludes FIPS stops at once, and says what to switch off', async () => {
      process.env['AWS_ENDPOINT_URL'] = stub.url;
      const keys: CredentialSource = { kind: 'keys', accessKeyId: 'AKIA', secretAccessKey: 's' };
      const options = { endpoint: undefined, useFips: true };
      for (const source of [
        keys,
        { ...keys, role: { roleArn: 'arn:aws:iam::123456789012:role/r', roleSessionName: 's' } },
      ]) {
        const { type, class: errorClass } = await failed(source, options);
        assert.deepEqual([type, errorClass], ['EndpointError', 'configuration']);
      }
      assert.equal(errorRow({ ErrorType: 'EndpointError', statusCode: null }).advice, 'endpointError');
    });
  });

  /** A profile with a sign-in that has not expired. */
  async function signedIn(): Promise<void> {
    process.env['HOME'] = environment.folder;
    await config(ssoProfile('sso'));
    const cache = path.join(environment.folder, '.aws', 'sso', 'cache');
    await mkdir(cache, { recursive: true });
    const token = {
      accessToken: 'canary-access-token',
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const name = createHash('sha1').update('https://sso.example/start').digest('hex');
    await writeFile(path.join(cache, `${name}.json`), JSON.stringify(token));
  }
});

function ssoProfile(name: string): string {
  const settings = [
    'sso_start_url = https://sso.example/start',
    'sso_region = eu-west-1',
    'sso_account_id = 123456789012',
    'sso_role_name = reader',
  ];
  return `[profile ${name}]\n${settings.join('\n')}\n`;
}
