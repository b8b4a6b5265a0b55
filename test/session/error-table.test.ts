import assert from 'node:assert/strict';
import { ERROR_TABLE, errorRow, type ErrorClass } from '../../src/session/error-table';

describe('the error table', () => {
  const cases: readonly [ErrorType: string, statusCode: number | null, expected: ErrorClass][] = [
    ['ClientLimitExceededException', 400, 'throttled'],
    ['ConnectionLimitExceededException', 400, 'throttled'],
    ['ThrottlingException', 400, 'throttled'],
    ['ServiceUnavailable', 503, 'transient'],
    ['InternalFailure', 500, 'transient'],
    ['NetworkError', null, 'transient'],
    ['StalledStream', null, 'transient'],
    ['InvalidEndpointException', 400, 'endpoint'],
    ['ExpiredTokenException', 403, 'credentials'],
    ['RequestExpired', 400, 'clock'],
    ['RequestTimeTooSkewed', 403, 'clock'],
    ['NotAuthorizedException', 401, 'refused'],
    ['AccessDeniedException', 403, 'refused'],
    ['ResourceNotFoundException', 404, 'refused'],
    ['UnrecognizedClientException', 403, 'refused'],
    ['InvalidSignatureException', 403, 'refused'],
    ['MissingCredentials', null, 'refused'],
    ['InvalidArgumentException', 400, 'configuration'],
    ['ValidationError', 400, 'configuration'],
    ['SomethingNew', 502, 'transient'],
    ['SomethingNew', 429, 'throttled'],
    ['SomethingNew', 403, 'refused'],
    ['SomethingNew', 400, 'refused'],
    ['SomethingNew', null, 'refused'],
    ['constructor', 500, 'transient'],
  ];
  for (const [ErrorType, statusCode, expected] of cases) {
    it(`takes ${ErrorType} (${statusCode ?? 'no status'}) for ${expected}`, () => {
      assert.equal(errorRow({ ErrorType, statusCode }).class, expected);
    });
  }

  const inBand: readonly [number, ErrorClass][] = [
    [3000, 'position'],
    [3002, 'transient'],
    [4000, 'position'],
    [4500, 'refused'],
    [4506, 'refused'],
    [5000, 'transient'],
  ];
  for (const [ErrorId, expected] of inBand) {
    it(`takes in-band error ${ErrorId} for ${expected}, whatever it is called`, () => {
      assert.equal(errorRow({ ErrorType: 'ANY_NAME', ErrorId, statusCode: 200 }).class, expected);
    });
  }

  it('takes a refused argument for a lost position where the position came from the stream', () => {
    const traits = { ErrorType: 'InvalidArgumentException', statusCode: 400, usedPosition: true };
    assert.equal(errorRow(traits).class, 'position');
  });

  it('takes a wrong signature for a wrong clock only where the clock is off', () => {
    const traits = { ErrorType: 'InvalidSignatureException', statusCode: 403 };
    assert.equal(errorRow({ ...traits, clockSkewMs: 10_000 }).class, 'refused');
    assert.equal(errorRow({ ...traits, clockSkewMs: -600_000 }).class, 'clock');
  });

  it('tells what to do about everything that only a person can fix', () => {
    for (const [ErrorType, row] of Object.entries(ERROR_TABLE)) {
      if (row.class === 'refused' || row.class === 'configuration') {
        assert.notEqual(row.advice, undefined, ErrorType);
      }
    }
  });

  for (const [code, advice] of [
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tlsTrust'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tlsTrust'],
    ['CERT_HAS_EXPIRED', 'tlsClock'],
    ['CERT_NOT_YET_VALID', 'tlsClock'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tlsHost'],
    ['EPROTO', 'tlsBroken'],
    ['ECONNREFUSED', 'network'],
    [undefined, 'network'],
  ] as const) {
    it(`has advice of its own for ${code ?? 'a network failure without a code'}`, () => {
      const row = errorRow({ ErrorType: 'NetworkError', statusCode: null, code });
      assert.deepEqual([row.class, row.advice], ['transient', advice]);
    });
  }
});
