import assert from 'node:assert/strict';
import { failureInBand } from '../../src/session/failure';

describe('an error within the media', () => {
  const codes: Readonly<Record<string, [code: string | undefined, ErrorType: string]>> = {
    'has its code for a type': ['KMSError', 'KMSError'],
    'has its id for a type where there is no code': [undefined, 'InBandError4999'],
    'does not show a code that is no name': ['<b>no such thing</b>', 'InBandError4999'],
    'does not show a code without end': ['x'.repeat(200_000), 'InBandError4999'],
    'does not show a code that may be an access key id': ['AKIAIOSFODNN7EXAMPLE', 'InBandError4999'],
  };
  for (const [name, [ErrorCode, ErrorType]] of Object.entries(codes)) {
    it(name, () => {
      const error = { ErrorId: 4999, ...(ErrorCode === undefined ? {} : { ErrorCode }) };
      const failure = failureInBand(error, 'id', 'demo');
      assert.equal(failure.ErrorType, ErrorType);
      assert.ok(failure.what.length < 200);
      assert.equal(
        failure.what.includes(ErrorCode ?? 'it gave no reason'),
        ErrorCode === undefined || ErrorType === ErrorCode,
      );
    });
  }
});
