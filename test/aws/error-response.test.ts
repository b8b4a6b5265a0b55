import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ResponseHeaders } from '../../src/aws/error-response';
import { errorFromResponse, parseErrorType } from '../../src/aws/error-response';

const convert = (statusCode: number, headers: ResponseHeaders, body = '') =>
  errorFromResponse(statusCode, headers, body, 'GetMedia', { stream: { StreamName: 'front-door' } });

describe('parseErrorType', () => {
  const cases: readonly [string, string][] = [
    ['ResourceNotFoundException', 'ResourceNotFoundException'],
    [
      'ResourceNotFoundException:https://kinesisvideo.amazonaws.com/doc/2017-09-30/',
      'ResourceNotFoundException',
    ],
    ['com.amazonaws.kinesisvideo#NotAuthorizedException', 'NotAuthorizedException'],
    [
      'aws.protocoltests#ClientLimitExceededException:http://internal.amazon.com/x/',
      'ClientLimitExceededException',
    ],
    ['ThrottlingException#reason', 'ThrottlingException'],
    ['  ExpiredTokenException , other', 'ExpiredTokenException'],
    ['InvalidParameter.Value', 'InvalidParameter.Value'],
    ['', ''],
    ['404', ''],
    ['<script>', ''],
    [`A${'b'.repeat(500)}`, ''],
  ];
  for (const [raw, name] of cases) {
    it(`reads ${JSON.stringify(raw.slice(0, 80))} as ${JSON.stringify(name)}`, () => {
      assert.equal(parseErrorType(raw), name);
    });
  }

  it('gives a plain identifier or nothing, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (raw) => /^([A-Za-z][\w.-]*)?$/.test(parseErrorType(raw))),
    );
  });
});

describe('an answer other than 200', () => {
  for (const spelling of ['x-amzn-ErrorType', 'x-amz-ErrorType', 'x-amzn-errortype', 'X-AMZ-ERRORTYPE']) {
    it(`has its ErrorType in ${spelling}`, () => {
      const error = convert(400, { [spelling]: 'InvalidEndpointException:https://x/' }, '{"code":"Other"}');
      assert.equal(error.ErrorType, 'InvalidEndpointException');
      assert.equal(error.code, 'InvalidEndpointException');
      assert.equal(error.statusCode, 400);
      assert.equal(error.operation, 'GetMedia');
    });
  }

  for (const spelling of [
    'x-amzn-RequestId',
    'x-amz-RequestId',
    'x-amzn-request-id',
    'x-amz-request-id',
    'X-AMZN-REQUESTID',
  ]) {
    it(`has its RequestId in ${spelling}`, () => {
      assert.equal(convert(500, { [spelling]: 'id-1' }).RequestId, 'id-1');
    });
  }

  it('takes the first of a repeated header, and the name on the wire before the documented one', () => {
    const error = convert(400, {
      'x-amz-ErrorType': 'Second',
      'x-amzn-errortype': ['First', 'Other'],
      'x-amzn-requestid': ['', 'later'],
      'x-amz-requestid': 'documented',
    });
    assert.equal(error.ErrorType, 'First');
    assert.equal(error.RequestId, 'documented');
  });

  it('has no RequestId where there is none', () => {
    assert.equal(convert(500, {}).RequestId, null);
  });

  const types: readonly [string, number, string, string][] = [
    ['JSON code', 400, '{"code":"CodeException","Message":"m"}', 'CodeException'],
    ['JSON Code', 400, '{"Code":"CodeException"}', 'CodeException'],
    ['JSON __type', 400, '{"__type":"com.amazon#TypeException"}', 'TypeException'],
    ['nested JSON', 400, '{"Error":{"Code":"InnerException","Message":"m"}}', 'InnerException'],
    ['a number as code', 400, '{"code":400}', 'UnknownError'],
    [
      'XML root',
      403,
      '<AccessDeniedException>\n <Message>no</Message>\n</AccessDeniedException>',
      'AccessDeniedException',
    ],
    [
      'XML declaration and attributes',
      400,
      '<?xml version="1.0"?><SomeException xmlns="x"/>',
      'SomeException',
    ],
    ['XML Code', 400, '<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>', 'Throttling'],
    [
      'HTML',
      403,
      '<!DOCTYPE html><html><head><title>Forbidden</title></head></html>',
      'AccessDeniedException',
    ],
    ['HTML of a gateway', 502, '<html><body>Bad Gateway</body></html>', 'ServiceUnavailable'],
    ['an empty body, 503', 503, '', 'ServiceUnavailable'],
    ['an empty body, 500', 500, '', 'InternalFailure'],
    ['an empty body, 429', 429, '', 'ThrottlingException'],
    ['an empty body, 418', 418, '', 'UnknownError'],
    ['broken JSON', 500, '{"code":', 'InternalFailure'],
    ['a JSON array', 500, '["code"]', 'InternalFailure'],
    ['plain text', 503, 'slow down', 'ServiceUnavailable'],
  ];
  for (const [what, status, body, type] of types) {
    it(`without a header, takes the ErrorType from ${what}`, () => {
      assert.equal(convert(status, {}, body).ErrorType, type);
    });
  }

  const messages: readonly [string, string, string][] = [
    ['Message', '{"Message":"not found"}', ': "not found"'],
    ['message', '{"message":"not found"}', ': "not found"'],
    ['XML', '<E><Message>a &lt; b &amp;amp; c</Message></E>', ': "a < b &amp; c"'],
    ['an HTML title', '<html><title> Blocked by proxy </title></html>', ': "Blocked by proxy"'],
    ['nothing', '', '.'],
  ];
  for (const [what, body, end] of messages) {
    it(`quotes the message of ${what}`, () => {
      const { message } = convert(404, { 'x-amzn-ErrorType': 'T' }, body);
      assert.equal(message, `GetMedia for stream "front-door" failed with T (HTTP 404)${end}`);
    });
  }

  it('puts a long message with line breaks on one short line', () => {
    const { message } = convert(400, {}, JSON.stringify({ Message: 'so\n'.repeat(10_000) }));
    assert.ok(message.length < 420, String(message.length));
    assert.ok(!message.includes('\n'));
    assert.ok(message.endsWith('…"'));
  });

  it("knows the service's clock from the Date header", () => {
    assert.equal(
      convert(403, { Date: 'Tue, 03 Nov 2026 10:00:00 GMT' }).serverTime,
      Date.UTC(2026, 10, 3, 10),
    );
    assert.ok(!('serverTime' in convert(403, { date: 'soon' })));
  });

  it('is an error with own properties that survive JSON', () => {
    const error = convert(404, { 'x-amzn-ErrorType': 'ResourceNotFoundException', 'x-amzn-RequestId': 'r' });
    assert.ok(error instanceof Error);
    assert.deepEqual(JSON.parse(JSON.stringify(error)), {
      name: 'KinesisVideoError',
      code: 'ResourceNotFoundException',
      ErrorType: 'ResourceNotFoundException',
      RequestId: 'r',
      statusCode: 404,
      operation: 'GetMedia',
    });
  });

  it('can be made of any bytes at all', () => {
    const headers = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string())));
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((text) => `<${text}`),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), headers, body, (status, given, text) => {
        const error = convert(status, given, text);
        return error.ErrorType !== '' && error.message.length < 700 && error.statusCode === status;
      }),
    );
  });

  it('repeats no secret as its ErrorType or its RequestId', () => {
    const secret = 'AKIAIOSFODNN7EXAMPLE';
    const { ErrorType, RequestId, message } = errorFromResponse(
      403,
      { 'x-amzn-ErrorType': secret, 'x-amzn-RequestId': secret },
      JSON.stringify({ code: secret }),
      'GetMedia',
      { secrets: [secret] },
    );
    assert.equal(ErrorType, 'AccessDeniedException');
    assert.equal(RequestId, null);
    assert.ok(!message.includes(secret));
  });

  it('takes no signature for a RequestId', () => {
    assert.equal(convert(403, { 'x-amzn-RequestId': 'ab'.repeat(32) }).RequestId, null);
  });

  it('is made quickly of markup that never ends', () => {
    // Each of these once took more than a second, since what follows was searched again from each of its tags.
    for (const tag of ['<!', '<?', '<html><title ', '<error><code ']) {
      for (let i = 0; i < 30; i++) {
        assert.equal(
          convert(403, {}, tag.repeat(Math.floor(65_536 / tag.length))).ErrorType,
          'AccessDeniedException',
        );
      }
    }
  });
});
