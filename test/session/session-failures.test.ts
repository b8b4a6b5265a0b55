import assert from 'node:assert/strict';
import type { Failure } from '../../src/session/failure';
import { SessionFailures } from '../../src/session/session-failures';

const failureOf = (ErrorId: number | undefined, ErrorCode?: string) =>
  new SessionFailures('demo').inBand(
    { ...(ErrorId === undefined ? {} : { ErrorId }), ...(ErrorCode === undefined ? {} : { ErrorCode }) },
    { RequestId: 'id' },
  );

const saidBy = ({ statements }: Pick<Failure, 'statements'>) =>
  statements.find(({ key }) => key === 'meaning.said')?.data['said'];

describe('an unforeseen error', () => {
  it('keeps its reason, without secrets and on one line', () => {
    const secret = 'AKIAIOSFODNN7EXAMPLE';
    const failure = new SessionFailures('demo').call(
      new Error(`read failed\nfor x-amz-security-token=abc ${secret}`),
    );
    assert.match(failure.message, /read failed for /);
    const reasons = failure.statements.flatMap(({ data: { reason } }) =>
      typeof reason === 'string' ? [reason] : [],
    );
    assert.ok(reasons.length > 0);
    for (const text of [failure.message, ...reasons]) {
      assert.doesNotMatch(text, /AKIA|token=abc|\n/);
    }
  });
});

describe('an error within the media', () => {
  const names: readonly [number, string][] = [
    [3000, 'FRAGMENT_NOT_FOUND'],
    [3002, 'STREAM_WRITE_ERROR'],
    [4000, 'FRAGMENT_NOT_FOUND'],
    [4500, 'KMS_KEY_ACCESS_DENIED'],
    [4501, 'KMS_KEY_DISABLED'],
    [4502, 'KMS_KEY_VALIDATION_ERROR'],
    [4503, 'KMS_KEY_UNAVAILABLE'],
    [4504, 'KMS_KEY_INVALID_USAGE'],
    [4505, 'KMS_KEY_INVALID_STATE'],
    [4506, 'KMS_KEY_NOT_FOUND'],
    [5000, 'INTERNAL_ERROR'],
  ];
  for (const [ErrorId, ErrorType] of names) {
    it(`${ErrorId} is ${ErrorType}, whatever the service’s words are, and these are in the message`, () => {
      const words = 'Error occurred while reading. KMS said no.';
      const { ErrorType: type, ...failure } = failureOf(ErrorId, words);
      const what = saidBy(failure);
      assert.equal(type, ErrorType);
      assert.equal(what, words.slice(0, -1));
    });
  }

  const unknown: readonly [name: string, code: string | undefined, ErrorType: string][] = [
    ['a code that is one identifier', 'SOMETHING_NEW', 'SOMETHING_NEW'],
    ['a sentence', 'Something new happened.', 'InBandError4999'],
    ['no code', undefined, 'InBandError4999'],
    ['a code that is no name', '<b>no such thing</b>', 'InBandError4999'],
    ['a code that may be an access key id', 'AKIAIOSFODNN7EXAMPLE', 'InBandError4999'],
    ['a code without end', 'x'.repeat(200_000), 'InBandError4999'],
  ];
  for (const [name, code, ErrorType] of unknown) {
    it(`of an unknown id with ${name} is ${ErrorType}`, () => {
      assert.equal(failureOf(4999, code).ErrorType, ErrorType);
    });
  }

  it('writes what a terminal would obey as escapes', () => {
    const what = saidBy(failureOf(4500, 'Denied. \u001b]0;evil\u0007 \u202eUser'));
    assert.equal(what, 'Denied. \\u001b]0;evil\\u0007 \\u202eUser');
  });

  it('shows the service’s words whole, on one line, but neither secrets nor text without end', () => {
    const sentence = `Access to key\n arn:aws:kms:eu-central-1:1:key/2 was denied ${'again and '.repeat(60)}again.`;
    assert.equal(saidBy(failureOf(4500, sentence)), sentence.replace(/\s+/g, ' ').slice(0, -1));
    assert.ok(!JSON.stringify(failureOf(4999, 'key AKIAIOSFODNN7EXAMPLE is off')).includes('AKIA'));
    assert.ok(JSON.stringify(failureOf(4999, 'x y '.repeat(100_000))).length < 6_000);
    assert.deepEqual(failureOf(undefined).statements.at(-1), { key: 'meaning.noReason', data: {} });
  });

  it('shows none of the secrets that the connection knows', () => {
    const redact = (text: string): string => text.replaceAll('hunter2', '[redacted]');
    for (const ErrorId of [4500, 4999]) {
      const failure = new SessionFailures('demo').inBand(
        { ErrorId, ErrorCode: 'hunter2' },
        { RequestId: 'id', redact },
      );
      assert.doesNotMatch(JSON.stringify(failure), /hunter2/);
    }
  });
});
