import assert from 'node:assert/strict';
import { checkDataEndpoint } from '../../src/aws/endpoint-check';
import { BareEnvironment } from './environment';
import { STREAM, StubService, failureOf, json, never } from '../kinesis-video/stub-service';

const accepts = (answered: string, region: string, askedHost = `kinesisvideo.${region}.example`): boolean =>
  'endpoint' in checkDataEndpoint(answered, { region, askedHost }, []);

describe('the data endpoint that the service answers', () => {
  const hosts: readonly (readonly [region: string, host: string])[] = [
    ['us-west-2', 's-4010bf70.kinesisvideo.us-west-2.amazonaws.com'],
    ['us-west-2', 'S-4010BF70.KinesisVideo.us-west-2.amazonaws.com.'],
    ['us-west-2', 'kinesisvideo.us-west-2.amazonaws.com'],
    ['us-east-1', 's-1.kinesisvideo-fips.us-east-1.amazonaws.com'],
    ['us-east-1', 's-1.kinesisvideo.us-east-1.api.aws'],
    ['us-east-1', 's-1.kinesisvideo-fips.us-east-1.api.aws'],
    ['us-east-1', 'vpce-0a1b-2c3d.kinesisvideo.us-east-1.vpce.amazonaws.com'],
    ['us-gov-west-1', 's-1.kinesisvideo-fips.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 's-1.kinesisvideo.cn-north-1.amazonaws.com.cn'],
    ['cn-north-1', 's-1.kinesisvideo.cn-north-1.api.amazonwebservices.com.cn'],
    ['eusc-de-east-1', 's-1.kinesisvideo.eusc-de-east-1.amazonaws.eu'],
    ['us-iso-east-1', 's-1.kinesisvideo.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 's-1.kinesisvideo.us-isob-east-1.sc2s.sgov.gov'],
  ];
  for (const [region, host] of hosts) {
    it(`may be at ${host}, for ${region}`, () => {
      assert.ok(accepts(`https://${host}`, region));
      assert.ok(accepts(`https://${host}/path`, region, '127.0.0.1'), 'with an endpoint in the settings too');
    });
  }

  const foreign = [
    'localhost',
    '127.0.0.1',
    '[::1]',
    '169.254.169.254',
    'kvs.localhost',
    'attacker.example',
    's-1.kinesisvideo.us-east-1.amazonaws.com',
    's-1.kinesisvideo.us-west-2.amazonaws.com.attacker.example',
    's-1.xkinesisvideo.us-west-2.amazonaws.com',
    'x.execute-api.us-west-2.amazonaws.com',
    'bucket.s3.us-west-2.amazonaws.com',
    's-1.kinesisvideo.us-west-2.amazonaws.com.cn',
    's-1.kinesisvideo.us-west-2.api.aws.attacker.example',
  ];
  for (const host of foreign) {
    it(`is not at ${host}, for us-west-2`, () => {
      assert.ok(!accepts(`https://${host}`, 'us-west-2', 'kinesisvideo.us-west-2.amazonaws.com'));
      assert.ok(!accepts(`https://${host}`, 'us-west-2', 'video.company.example'));
    });
  }

  it('may be at the host that was asked, on another port, and below it', () => {
    assert.ok(accepts('https://video.company.example:8443', 'us-west-2', 'Video.company.example'));
    assert.ok(accepts('https://s-1.video.company.example', 'us-west-2', 'video.company.example'));
    assert.ok(!accepts('https://evilvideo.company.example', 'us-west-2', 'video.company.example'));
    assert.ok(!accepts('https://company.example', 'us-west-2', 'video.company.example'));
    assert.ok(accepts('http://127.0.0.1:4568', 'us-west-2', 'localhost'));
    assert.ok(!accepts('http://192.168.1.7:4568', 'us-west-2', '192.168.1.7'), 'still not without TLS');
  });

  describe('asked for', () => {
    let environment: BareEnvironment;
    let stub: StubService;
    beforeEach(async () => {
      environment = await BareEnvironment.enter();
      stub = await new StubService().listen();
    });
    afterEach(async () => {
      await stub.close();
      await environment.leave();
    });

    it('is refused in its own words where it is foreign, before anything is sent there', async () => {
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: 'https://attacker.example' }));
      const service = stub.service();
      const error = await failureOf(service.getMedia(STREAM, { StartSelectorType: 'NOW' }, never));
      assert.equal(error.ErrorType, 'InvalidEndpoint');
      assert.equal(error.operation, 'GetDataEndpoint');
      assert.equal(
        error.message,
        'GetDataEndpoint for stream "front-door" got an endpoint at a host attacker.example that belongs neither to eu-west-1 nor to the endpoint 127.0.0.1, so nothing was sent there.',
      );
    });

    it('shows no secret that the answer hides in a host name', async () => {
      const secret = 'canary-secret-of-the-account';
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `https://${secret}.example` }));
      const service = stub.service({
        credentials: { kind: 'keys', accessKeyId: 'AKIAEXAMPLEEXAMPLE12', secretAccessKey: secret },
      });
      const error = await failureOf(service.resolveEndpoint(STREAM, never));
      assert.match(error.message, /at a host that belongs neither/);
    });

    it('may be at the host of an endpoint that the environment names', async () => {
      process.env['AWS_ENDPOINT_URL_KINESIS_VIDEO'] = stub.url;
      const service = stub.service({ endpoint: undefined });
      assert.equal(await service.resolveEndpoint(STREAM, never), stub.url);
    });
  });
});
