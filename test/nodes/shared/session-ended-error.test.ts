import assert from 'node:assert/strict';
import { SessionEndedError } from '../../../nodes/shared/session-ended-error';
import type { ErrorPayload } from '../../../nodes/shared/error-output';

describe('an error that ends a session', () => {
  const report: ErrorPayload = {
    ErrorType: 'ResourceNotFoundException',
    RequestId: 'request-1',
    message: 'There is no such stream.',
    operation: 'GetMedia',
    statusCode: 404,
    retryable: false,
    action: 'stop',
    attempt: 1,
  };
  const message = { topic: 'camera', payload: report };

  it('has the message of the error output for its cause, and nothing besides', () => {
    const { code, cause } = new SessionEndedError(report, message);
    assert.equal(code, 'ResourceNotFoundException');
    assert.deepEqual(cause, message);
    assert.equal(JSON.stringify(cause), JSON.stringify(message));
  });

  it('names the answer at fault where its cause is shown as text', () => {
    assert.equal(
      String(new SessionEndedError(report, message).cause),
      'GetMedia, HTTP 404, RequestId request-1',
    );
    const mistake = { ...report, RequestId: null, statusCode: null, operation: 'Input' };
    assert.equal(String(new SessionEndedError(mistake, message).cause), 'Input');
  });
});
