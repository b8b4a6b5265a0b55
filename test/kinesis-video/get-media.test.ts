import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { systemClock } from '../../src/clock';
import type { StartSelector } from '../../src/options';
import { describeTransports } from '../../testing/transports';
import type { SeenRequest } from './stub-service';
import { KEYS, STREAM, StubService, json, never, reply } from './stub-service';

describeTransports('GetMedia request', (mediaTransport) => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService(mediaTransport).listen();
    stub.answers.set('/getMedia', reply(200, 'media', { 'x-amzn-RequestId': 'r-1' }));
  });
  afterEach(() => stub.close());

  const send = async (
    selector: StartSelector,
    stream: { StreamName: string; StreamARN?: string } = STREAM,
  ) => {
    const service = stub.service();
    (await service.getMedia(stream, selector, never)).close();
    return stub.received('/getMedia');
  };

  const bodies: readonly [StartSelector, string][] = [
    [{ StartSelectorType: 'NOW' }, '{"StartSelectorType":"NOW"}'],
    [{ StartSelectorType: 'EARLIEST' }, '{"StartSelectorType":"EARLIEST"}'],
    [
      {
        StartSelectorType: 'FRAGMENT_NUMBER',
        AfterFragmentNumber: '91343852333181432392682062607743920146264622859',
      },
      '{"StartSelectorType":"FRAGMENT_NUMBER","AfterFragmentNumber":"91343852333181432392682062607743920146264622859"}',
    ],
    [
      { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: 1511852109126 },
      '{"StartSelectorType":"SERVER_TIMESTAMP","StartTimestamp":1511852109.126}',
    ],
    [
      { StartSelectorType: 'PRODUCER_TIMESTAMP', StartTimestamp: 1500000000000 },
      '{"StartSelectorType":"PRODUCER_TIMESTAMP","StartTimestamp":1500000000}',
    ],
    [
      { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: 'a-token_1.2' },
      '{"StartSelectorType":"CONTINUATION_TOKEN","ContinuationToken":"a-token_1.2"}',
    ],
  ];
  for (const [selector, wire] of bodies) {
    it(`sends ${selector.StartSelectorType} as the API spells it`, async () => {
      const { text, method, headers } = await send(selector);
      assert.equal(text, `{"StreamName":"front-door","StartSelector":${wire}}`);
      assert.equal(method, 'POST');
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['content-length'], String(text.length));
    });
  }

  for (const partition of ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc']) {
    it(`names a stream by its ARN alone, in partition ${partition}`, async () => {
      const StreamARN = `arn:${partition}:kinesisvideo:eu-west-1:123456789012:stream/front-door/1500000000000`;
      const { text } = await send({ StartSelectorType: 'NOW' }, { StreamName: 'front-door', StreamARN });
      assert.equal(text, `{"StreamARN":"${StreamARN}","StartSelector":{"StartSelectorType":"NOW"}}`);
      assert.equal(
        (await stub.received('/getDataEndpoint')).text,
        JSON.stringify({ APIName: 'GET_MEDIA', StreamARN }),
      );
    });
  }

  it('goes below a path that the data endpoint has', async () => {
    stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `${stub.url}/proxy/` }));
    stub.answers.set('/proxy/getMedia', reply(200, ''));
    const response = await stub.service().getMedia(STREAM, { StartSelectorType: 'NOW' }, never);
    response.close();
    assert.equal(stub.to('/proxy/getMedia').length, 1);
  });

  for (const sessionToken of [undefined, 'token+of/the=session']) {
    it(`is signed with Signature Version 4 ${sessionToken === undefined ? 'without' : 'with'} a session token`, async () => {
      const at = Date.UTC(2026, 0, 2, 3, 4, 5);
      const credentials = { ...KEYS, ...(sessionToken === undefined ? {} : { sessionToken }) };
      const service = stub.service({ credentials, clock: { ...systemClock, now: () => at } });
      (await service.getMedia(STREAM, { StartSelectorType: 'NOW' }, never)).close();
      const request = await stub.received('/getMedia');
      assert.equal(request.headers['x-amz-date'], '20260102T030405Z');
      assert.equal(request.headers['x-amz-security-token'], sessionToken);
      assert.equal(request.headers.authorization, expectedAuthorization(request));
      const control = await stub.received('/getDataEndpoint');
      assert.equal(control.headers['x-amz-date'], '20260102T030405Z');
      assert.equal(control.headers.authorization, expectedAuthorization(control));
    });
  }

  it('is signed by the corrected clock on both planes, from the correction on', async () => {
    const local = Date.UTC(2026, 0, 2, 3, 4, 5);
    let now = local;
    const service = stub.service({ clock: { now: () => now, monotonic: () => now } });
    service.correctClock(local + 3_600_000);
    now += 1000;
    (await service.getMedia(STREAM, { StartSelectorType: 'NOW' }, never)).close();
    for (const path of ['/getMedia', '/getDataEndpoint']) {
      assert.equal((await stub.received(path)).headers['x-amz-date'], '20260102T040406Z');
    }
  });
});

/** Computed from the documents of Signature Version 4, with nothing of the SDK. */
function expectedAuthorization(request: SeenRequest): string {
  const given = request.headers.authorization ?? '';
  const signed = /SignedHeaders=([^,]+)/.exec(given)?.[1] ?? '';
  for (const required of ['host', 'x-amz-date', 'content-type']) {
    assert.ok(signed.split(';').includes(required), `${required} is signed`);
  }
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const canonical = [
    request.method,
    request.path,
    '',
    ...signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    sha256(request.text),
  ].join('\n');
  const date = String(request.headers['x-amz-date']);
  const scope = `${date.slice(0, 8)}/eu-west-1/kinesisvideo/aws4_request`;
  const key = ['eu-west-1', 'kinesisvideo', 'aws4_request'].reduce<Buffer>(
    hmac,
    hmac(`AWS4${KEYS.secretAccessKey}`, date.slice(0, 8)),
  );
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  return `AWS4-HMAC-SHA256 Credential=${KEYS.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}
