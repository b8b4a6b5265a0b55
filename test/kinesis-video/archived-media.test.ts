import assert from 'node:assert/strict';
import { redact } from '../../src/aws';
import type { KinesisVideoService } from '../../src/kinesis-video';
import { errorRow } from '../../src/session';
import { STREAM, StubService, failureOf, json, never, reply } from './stub-service';

const NUMBER = '91343852333181432392682062607743920146264622859';
const FROM = 1_700_000_000_123;
const RANGE = { timestampType: 'PRODUCER_TIMESTAMP', from: FROM, to: FROM + 1_000 } as const;
const TOKEN = 'CiAxMjM0NTY3ODkwYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo';
const HLS_URL = `https://b-1.example/hls/v1/getHLSMasterPlaylist.m3u8?SessionToken=${TOKEN}~-`;

const CALLS: Readonly<Record<string, (service: KinesisVideoService) => Promise<unknown>>> = {
  ListFragments: (service) => service.listFragments(STREAM, { ...RANGE, MaxResults: 10 }, never),
  GetMediaForFragmentList: (service) => service.getMediaForFragmentList(STREAM, [NUMBER], never),
  GetImages: (service) => service.getImages(STREAM, { ...RANGE, format: 'jpeg' }, never),
  GetHLSStreamingSessionURL: (service) =>
    service.getHlsStreamingSessionUrl(
      STREAM,
      { ...RANGE, playbackMode: 'ON_DEMAND', expiresSeconds: 300 },
      never,
    ),
  GetDASHStreamingSessionURL: (service) =>
    service.getDashStreamingSessionUrl(
      STREAM,
      { timestampType: 'SERVER_TIMESTAMP', playbackMode: 'LIVE', expiresSeconds: 900 },
      never,
    ),
};

const API_NAMES: Readonly<Record<string, string>> = {
  ListFragments: 'LIST_FRAGMENTS',
  GetMediaForFragmentList: 'GET_MEDIA_FOR_FRAGMENT_LIST',
  GetImages: 'GET_IMAGES',
  GetHLSStreamingSessionURL: 'GET_HLS_STREAMING_SESSION_URL',
  GetDASHStreamingSessionURL: 'GET_DASH_STREAMING_SESSION_URL',
};

function pathOf(operation: string): string {
  return `/${operation.charAt(0).toLowerCase()}${operation.slice(1)}`;
}

describe('calls to archived media', () => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService().listen();
  });
  afterEach(() => stub.close());

  for (const [operation, call] of Object.entries(CALLS)) {
    it(`${operation} goes to the endpoint of its own API`, async () => {
      const service = stub.service();
      await call(service).catch(() => undefined);
      const asked = (await stub.received('/getDataEndpoint')).text;
      assert.deepEqual(JSON.parse(asked), { StreamName: 'front-door', APIName: API_NAMES[operation] });
      const { headers } = await stub.received(pathOf(operation));
      assert.match(headers.authorization ?? '', /\/eu-west-1\/kinesisvideo\/aws4_request/);
    });

    it(`${operation} that is refused names the action to allow`, async () => {
      const refusal = { 'x-amzn-ErrorType': 'AccessDeniedException', 'x-amzn-RequestId': 'r-7' };
      stub.answers.set(pathOf(operation), json(403, { Message: 'not authorized' }, refusal));
      const error = await failureOf(call(stub.service()));
      assert.equal(error.operation, operation);
      assert.equal(error.RequestId, 'r-7');
      assert.ok(errorRow(error).actions?.includes(`kinesisvideo:${operation}`));
    });
  }

  it('ListFragments gives times in ms, and the token of the next page', async () => {
    const Fragments = [
      {
        FragmentNumber: NUMBER,
        FragmentSizeInBytes: 1_000,
        ProducerTimestamp: 1_700_000_000.123,
        ServerTimestamp: 1_700_000_001,
        FragmentLengthInMilliseconds: 1_960,
      },
      { FragmentSizeInBytes: 7 },
    ];
    stub.answers.set('/listFragments', json(200, { Fragments, NextToken: 'bmV4dA==' }));
    const service = stub.service();
    const page = await service.listFragments(STREAM, { ...RANGE, MaxResults: 7 }, never);
    assert.deepEqual(page, {
      fragments: [{ ...Fragments[0], ProducerTimestamp: FROM, ServerTimestamp: 1_700_000_001_000 }],
      NextToken: 'bmV4dA==',
    });
    assert.deepEqual(JSON.parse(stub.to('/listFragments')[0]?.text ?? ''), {
      StreamName: 'front-door',
      MaxResults: 7,
      FragmentSelector: {
        FragmentSelectorType: 'PRODUCER_TIMESTAMP',
        TimestampRange: { StartTimestamp: 1_700_000_000.123, EndTimestamp: 1_700_000_001.123 },
      },
    });
    await service.listFragments(STREAM, { MaxResults: 7, NextToken: 'bmV4dA==' }, never);
    const next: unknown = JSON.parse((await stub.received('/listFragments', 2)).text);
    assert.deepEqual(next, { StreamName: 'front-door', MaxResults: 7, NextToken: 'bmV4dA==' });
  });

  it('GetMediaForFragmentList asks for the numbers as they are, and streams what comes', async () => {
    stub.answers.set('/getMediaForFragmentList', reply(200, 'media', { 'x-amzn-RequestId': 'r-1' }));
    const response = await stub.service().getMediaForFragmentList(STREAM, [NUMBER], never);
    assert.equal(response.RequestId, 'r-1');
    const bytes: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      response.read({ bytes: (slice) => bytes.push(Buffer.from(slice)), ended: resolve, failed: reject });
    });
    assert.equal(Buffer.concat(bytes).toString(), 'media');
    const asked: unknown = JSON.parse(stub.to('/getMediaForFragmentList')[0]?.text ?? '');
    assert.deepEqual(asked, { StreamName: 'front-door', Fragments: [NUMBER] });
  });

  it('GetImages gives pictures, and why there is none', async () => {
    const Images = [
      { TimeStamp: 1_700_000_000, Error: 'NO_MEDIA' },
      { TimeStamp: 1_700_000_001, ImageContent: Buffer.from('jpeg').toString('base64') },
    ];
    stub.answers.set('/getImages', json(200, { Images }));
    const page = await stub.service().getImages(STREAM, { ...RANGE, format: 'jpeg', quality: 70 }, never);
    assert.deepEqual(page, {
      images: [
        { time: 1_700_000_000_000, error: 'NO_MEDIA' },
        { time: 1_700_000_001_000, data: Buffer.from('jpeg') },
      ],
    });
  });

  it('takes an answer with images that is longer than any other answer', async () => {
    const ImageContent = Buffer.alloc(6 * 1024 * 1024).toString('base64');
    stub.answers.set('/getImages', json(200, { Images: [{ TimeStamp: 1, ImageContent }] }));
    const { images } = await stub.service().getImages(STREAM, { ...RANGE, format: 'png' }, never);
    assert.equal(images[0]?.data?.length, 6 * 1024 * 1024);
  });

  it('gives the URL of a streaming session, for a range or live', async () => {
    stub.answers.set('/getHLSStreamingSessionURL', json(200, { HLSStreamingSessionURL: HLS_URL }));
    stub.answers.set('/getDASHStreamingSessionURL', json(200, { DASHStreamingSessionURL: 'https://dash' }));
    const service = stub.service();
    assert.equal(await CALLS['GetHLSStreamingSessionURL']?.(service), HLS_URL);
    assert.equal(await CALLS['GetDASHStreamingSessionURL']?.(service), 'https://dash');
    const [hls, dash] = ['HLS', 'DASH'].map(
      (kind) => JSON.parse(stub.to(`/get${kind}StreamingSessionURL`)[0]?.text ?? '') as object,
    );
    assert.deepEqual(hls, {
      StreamName: 'front-door',
      PlaybackMode: 'ON_DEMAND',
      Expires: 300,
      HLSFragmentSelector: {
        FragmentSelectorType: 'PRODUCER_TIMESTAMP',
        TimestampRange: { StartTimestamp: 1_700_000_000.123, EndTimestamp: 1_700_000_001.123 },
      },
    });
    assert.deepEqual(dash, {
      StreamName: 'front-door',
      PlaybackMode: 'LIVE',
      Expires: 900,
      DASHFragmentSelector: { FragmentSelectorType: 'SERVER_TIMESTAMP' },
    });
  });

  for (const url of [
    'javascript:alert(document.domain)//.m3u8',
    'http://b-1.example/hls',
    'file:///etc/passwd',
    'no URL',
  ]) {
    it(`refuses ${url} as the URL of a session`, async () => {
      stub.answers.set('/getHLSStreamingSessionURL', json(200, { HLSStreamingSessionURL: url }));
      const call = CALLS['GetHLSStreamingSessionURL']?.(stub.service()) ?? Promise.resolve();
      const { ErrorType, message } = await failureOf(call);
      assert.equal(ErrorType, 'InvalidEndpoint');
      assert.ok(!message.includes(url));
    });
  }

  it('leaves out what is no fragment, and takes sizes and lengths below 0 for none', async () => {
    const times = { ProducerTimestamp: 1, ServerTimestamp: 1 };
    const lies = { FragmentSizeInBytes: -7, FragmentLengthInMilliseconds: -1 };
    const Fragments = [
      null,
      {},
      { FragmentNumber: 'x\n1', ...times },
      { FragmentNumber: '9'.repeat(129), ...times },
      { FragmentNumber: NUMBER, ...times, ...lies },
    ];
    stub.answers.set('/listFragments', json(200, { Fragments }));
    const page = await stub.service().listFragments(STREAM, { ...RANGE, MaxResults: 7 }, never);
    const shown = { FragmentNumber: NUMBER, ProducerTimestamp: 1_000, ServerTimestamp: 1_000 };
    assert.deepEqual(page.fragments, [{ ...shown, FragmentSizeInBytes: 0, FragmentLengthInMilliseconds: 0 }]);
  });

  it('takes no image for what is none', async () => {
    const Images = [null, 7, { TimeStamp: 1, ImageContent: 5, Error: {} }, { ImageContent: 'anBlZw==' }];
    stub.answers.set('/getImages', json(200, { Images }));
    const { images } = await stub.service().getImages(STREAM, { ...RANGE, format: 'png' }, never);
    assert.deepEqual(images, [{ time: 1_000 }, { data: Buffer.from('jpeg') }]);
  });

  it('refuses an answer of far more values than a page has, before the SDK spends a moment on each', async () => {
    for (const Fragments of [
      `[${'{},'.repeat(30_000)}{}]`,
      '['.repeat(30_000),
      `[${'0,'.repeat(30_000)}0]`,
    ]) {
      const body = `{"Fragments":${Fragments}}`;
      stub.answers.set('/listFragments', reply(200, body, { 'content-type': 'application/json' }));
      const call = stub.service().listFragments(STREAM, { ...RANGE, MaxResults: 1_000 }, never);
      const { ErrorType, statements } = await failureOf(call);
      assert.deepEqual(
        [ErrorType, ...statements.map(({ key }) => key)],
        ['AnswerTooLarge', 'call.failedForStream', 'reason.tooLarge'],
      );
    }
  });

  it('cuts the token of a session URL out of whatever is shown', async () => {
    for (const text of [HLS_URL, `SessionToken%3D${TOKEN}`, `"sessionToken":"${TOKEN}"`]) {
      assert.ok(!redact(`no such session: ${text}`).includes(TOKEN.slice(0, 12)), text);
    }
    const refusal = { 'x-amzn-ErrorType': 'InvalidArgumentException' };
    stub.answers.set('/getHLSStreamingSessionURL', json(400, { Message: `expired: ${HLS_URL}` }, refusal));
    const error = await failureOf(CALLS['GetHLSStreamingSessionURL']?.(stub.service()) ?? Promise.resolve());
    assert.ok(!error.message.includes(TOKEN.slice(0, 12)), error.message);
  });

  it('tells a range without media from a stream that does not exist', async () => {
    const refusal = {
      'x-amzn-ErrorType': 'ResourceNotFoundException:https://kinesisvideo.amazonaws.com/doc/',
    };
    const answer = (Message: string): void => {
      stub.answers.set('/getHLSStreamingSessionURL', json(404, { Message }, refusal));
    };
    const service = stub.service();
    const ask = () => failureOf(CALLS['GetHLSStreamingSessionURL']?.(service) ?? Promise.resolve());
    answer('No fragments found in the stream for the HLS streaming request.');
    assert.equal((await ask()).ErrorType, 'NoMediaInRange');
    answer('The requested stream is not found or not active.');
    assert.equal((await ask()).ErrorType, 'ResourceNotFoundException');
  });
});
