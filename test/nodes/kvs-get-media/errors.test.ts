import assert from 'node:assert/strict';
import { Simulator, type Fault } from '../../../src/simulator';
import { loadFlow, type ErrorMessage, type HelperFlow } from '../../../testing/helper-flow';

interface Row {
  readonly name: string;
  readonly fault: Fault;
  readonly ErrorType: string;
  readonly statusCode: number | null;
  readonly operation?: string;
  readonly action: 'retry' | 'stop';
  readonly retryable: boolean;
  readonly ErrorId?: number;
  /** Part of what the person is told to do. */
  readonly advice?: RegExp;
}

function refusal(ErrorType: string, statusCode: number, more: Partial<Fault> = {}): Fault {
  return { kind: 'http-error', operation: 'GetMedia', ErrorType, statusCode, ...more } as Fault;
}

const rows: readonly Row[] = [
  ...(
    [
      ['ClientLimitExceededException', 400, 'retry', true],
      ['ConnectionLimitExceededException', 400, 'retry', true, /3 connections/],
      ['ThrottlingException', 400, 'retry', true],
      ['InvalidArgumentException', 400, 'stop', false, /settings/],
      ['InvalidEndpointException', 400, 'retry', true],
      ['NotAuthorizedException', 401, 'retry', false, /kinesisvideo:GetMedia/],
      ['AccessDeniedException', 403, 'retry', false, /kinesisvideo:GetMedia/],
      ['ResourceNotFoundException', 404, 'retry', false, /region/],
      ['ExpiredTokenException', 403, 'retry', true],
      ['UnrecognizedClientException', 403, 'retry', false, /access key/],
      ['InvalidClientTokenId', 403, 'retry', false, /access key/],
      ['MissingAuthenticationTokenException', 403, 'retry', false, /proxy/],
      ['IncompleteSignature', 400, 'retry', false, /proxy/],
      ['InvalidSignatureException', 403, 'retry', false, /secret access key/],
      ['SignatureDoesNotMatch', 403, 'retry', false, /secret access key/],
      ['RequestExpired', 400, 'retry', true, /clock/],
      ['RequestTimeTooSkewed', 403, 'retry', true, /clock/],
      ['RequestInTheFuture', 403, 'retry', true, /clock/],
      ['ServiceUnavailable', 503, 'retry', true],
      ['InternalFailure', 500, 'retry', true],
      ['ValidationError', 400, 'stop', false, /settings/],
      ['InvalidParameterValue', 400, 'stop', false, /settings/],
      ['MissingParameter', 400, 'stop', false, /settings/],
      ['OptInRequired', 403, 'retry', false],
      ['MalformedQueryString', 404, 'stop', false],
    ] as const
  ).map(([ErrorType, statusCode, action, retryable, advice]): Row => {
    const row = {
      name: ErrorType,
      fault: refusal(ErrorType, statusCode),
      ErrorType,
      statusCode,
      action,
      retryable,
    };
    return advice === undefined ? row : { ...row, advice };
  }),
  ...(
    [
      [3002, 'STREAM_WRITE_ERROR'],
      [4500, 'KMS_KEY_ACCESS_DENIED'],
      [4501, 'KMS_KEY_DISABLED'],
      [4502, 'KMS_KEY_VALIDATION_ERROR'],
      [4503, 'KMS_KEY_UNAVAILABLE'],
      [4504, 'KMS_KEY_INVALID_USAGE'],
      [4505, 'KMS_KEY_INVALID_STATE'],
      [4506, 'KMS_KEY_NOT_FOUND'],
      [5000, 'INTERNAL_ERROR'],
    ] as const
  ).map(([ErrorId, ErrorType]): Row => ({
    name: `in-band error ${ErrorId}`,
    fault: { kind: 'in-band-error', ErrorId, ErrorCode: 'The service failed.' },
    ErrorType,
    ErrorId,
    statusCode: 200,
    action: 'retry',
    retryable: ErrorId === 3002 || ErrorId === 5000,
  })),
  {
    name: 'a type with the decoration that the service adds',
    fault: refusal('ResourceNotFoundException', 404, { headerStyle: 'decorated' }),
    ErrorType: 'ResourceNotFoundException',
    statusCode: 404,
    action: 'retry',
    retryable: false,
  },
  {
    name: 'the header names that the documentation gives',
    fault: refusal('NotAuthorizedException', 401, { headerStyle: 'documented' }),
    ErrorType: 'NotAuthorizedException',
    statusCode: 401,
    action: 'retry',
    retryable: false,
  },
  {
    name: 'an XML body',
    fault: refusal('AccessDeniedException', 403, { body: 'xml' }),
    ErrorType: 'AccessDeniedException',
    statusCode: 403,
    action: 'retry',
    retryable: false,
  },
  {
    name: 'a refusal of GetDataEndpoint',
    fault: refusal('NotAuthorizedException', 401, { operation: 'GetDataEndpoint' }),
    ErrorType: 'NotAuthorizedException',
    statusCode: 401,
    operation: 'GetDataEndpoint',
    action: 'retry',
    retryable: false,
    advice: /kinesisvideo:GetDataEndpoint/,
  },
];

describe('output 2', () => {
  const simulator = new Simulator();
  let flow: HelperFlow | undefined;

  before(async () => {
    await simulator.start();
  });
  after(async () => {
    await simulator.stop();
  });
  afterEach(async () => {
    await flow?.unload();
    simulator.faults.clear();
  });

  for (const [i, row] of rows.entries()) {
    it(`tells of ${row.name}`, async () => {
      const stream = `stream-${i}`;
      simulator.addStream({ name: stream, live: false, prefillMs: 10_000 });
      simulator.faults.add({ ...row.fault, stream, times: 'always' });
      flow = await loadFlow({ endpoint: simulator.endpoint, stream });
      const { topic, payload, kvs } = await flow.errors.first();
      const { message, RequestId, retryInMs, ...told } = payload;
      assert.equal(topic, stream);
      assert.deepEqual(kvs, { StreamName: stream });
      assert.deepEqual(told, {
        ErrorType: row.ErrorType,
        operation: row.operation ?? 'GetMedia',
        statusCode: row.statusCode,
        ...(row.ErrorId === undefined ? {} : { ErrorId: row.ErrorId }),
        retryable: row.retryable,
        action: row.action,
        attempt: 1,
      });
      assert.equal(typeof retryInMs, row.action === 'retry' ? 'number' : 'undefined');
      const served = simulator.stats.requests.filter((request) => request.stream === stream);
      assert.ok(
        served.some((request) => request.requestId === RequestId),
        'the RequestId of the response at fault',
      );
      assert.ok(message.includes(stream), message);
      assert.match(message, row.advice ?? /./);
      assert.match(message, row.action === 'stop' ? /has stopped/ : /retries/);
    });
  }

  it('tells of a network failure with its code', async () => {
    simulator.addStream({ name: 'reset', live: false, prefillMs: 10_000 });
    simulator.faults.add({ kind: 'reset', operation: 'GetMedia', stream: 'reset' });
    flow = await loadFlow({ endpoint: simulator.endpoint, stream: 'reset' });
    const { payload } = await flow.errors.first();
    assert.equal(payload.ErrorType, 'NetworkError');
    assert.equal(payload['code'], 'ECONNRESET');
    assert.equal(payload['RequestId'], null);
    assert.equal(payload['statusCode'], null);
    assert.equal(payload.action, 'retry');
  });

  it('tells of a response that is not Matroska, and the session goes on', async () => {
    simulator.addStream({ name: 'html', live: false, prefillMs: 10_000 });
    simulator.faults.add({ kind: 'garbage', whole: true, stream: 'html' });
    flow = await loadFlow({
      endpoint: simulator.endpoint,
      stream: 'html',
      properties: { startSelectorType: 'EARLIEST' },
    });
    const { payload } = await flow.errors.first();
    assert.equal(payload.ErrorType, 'MalformedMedia');
    assert.equal(payload.action, 'retry');
    const [chunk] = await flow.media.count(1);
    assert.equal(chunk?.kvs.sequence, 0);
  });

  it('tells what ended the session, and so does a Catch node, with all of the message', async () => {
    simulator.addStream({ name: 'ended', live: false });
    simulator.faults.add({ ...refusal('AccessDeniedException', 403), stream: 'ended' });
    flow = await loadFlow({
      endpoint: simulator.endpoint,
      stream: 'ended',
      properties: { keepTrying: false },
    });
    const message = await flow.errors.first();
    assert.equal(message.payload.action, 'stop');
    const caught = await flow.caught.first();
    const error = caught['error'] as { message: string; code: string; cause: ErrorMessage };
    assert.equal(error.code, 'AccessDeniedException');
    assert.deepEqual(error.cause.payload, message.payload);
    assert.deepEqual(caught.payload, message.payload);
    const status = await flow.statuses.first(({ fill }) => fill === 'red');
    assert.deepEqual([status.shape, status.text], ['ring', 'AccessDenied']);
  });
});

describe('settings that cannot be used', () => {
  const simulator = new Simulator();
  let flow: HelperFlow | undefined;

  before(async () => {
    simulator.addStream({ name: 'demo', live: false });
    await simulator.start();
  });
  after(async () => {
    await simulator.stop();
  });
  afterEach(async () => {
    await flow?.unload();
  });

  const cases: readonly {
    readonly name: string;
    readonly properties?: Record<string, unknown>;
    readonly config?: Record<string, unknown>;
    readonly keys?: Record<string, string>;
    readonly ErrorType?: string;
    readonly status?: string;
    readonly says: RegExp;
  }[] = [
    { name: 'no stream', properties: { stream: '' }, says: /stream: required/ },
    { name: 'a malformed stream', properties: { stream: 'a b' }, says: /stream: neither/ },
    {
      name: 'no config node',
      properties: { config: '' },
      status: 'InvalidInput config',
      says: /No account/,
    },
    {
      name: 'a config node that does not exist',
      properties: { config: 'gone' },
      status: 'InvalidInput config',
      says: /No account/,
    },
    {
      name: 'a disabled config node',
      config: { d: true },
      status: 'InvalidInput config',
      says: /disabled/,
    },
    {
      name: 'no region',
      config: { region: '' },
      status: 'InvalidInput region',
      says: /region \(account\): required/,
    },
    {
      name: 'a malformed region',
      config: { region: 'Frankfurt' },
      status: 'InvalidInput region',
      says: /region \(account\): not/,
    },
    {
      name: 'an http endpoint elsewhere',
      config: { endpoint: 'http://example.com' },
      status: 'InvalidInput',
      says: /loopback/,
    },
    {
      name: 'no keys',
      keys: {},
      ErrorType: 'MissingCredentials',
      status: 'MissingCredentials',
      says: /no access keys \(accessKeyId, secretAccessKey\)/,
    },
    {
      name: 'a stream ARN of another region',
      properties: { stream: 'arn:aws:kinesisvideo:eu-west-1:111122223333:stream/demo/1700000000000' },
      says: /another region/,
    },
    {
      name: 'a start selector without its value',
      properties: { startSelectorType: 'FRAGMENT_NUMBER', startValue: '' },
      status: 'InvalidInput start…',
      says: /startValue: required/,
    },
    {
      name: 'a number that is none',
      properties: { maxInFlight: 'many' },
      status: 'InvalidInput maxIn…',
      says: /maxInFlight: not a number/,
    },
    {
      name: 'settings of a newer version',
      properties: { version: 99 },
      status: 'InvalidInput',
      says: /newer version/,
    },
  ];
  for (const {
    name,
    says,
    ErrorType = 'InvalidInput',
    status = 'InvalidInput stream',
    ...options
  } of cases) {
    it(`${name}: red status, an error on output 2 and in the log, and no call`, async () => {
      flow = await loadFlow({ endpoint: simulator.endpoint, ...options });
      const { payload } = await flow.errors.first();
      assert.equal(payload.ErrorType, ErrorType);
      assert.equal(payload.action, 'stop');
      assert.equal(payload['retryable'], false);
      assert.match(payload.message, says);
      const shown = await flow.statuses.first(({ fill }) => fill === 'red');
      assert.deepEqual([shown.shape, shown.text], ['ring', status]);
      await flow.caught.first();
      assert.deepEqual(simulator.stats.requests, []);
    });
  }
});
