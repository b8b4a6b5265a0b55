/** Errors that this package finds by itself, without a call to AWS, in the shape of all others. */
import type { ErrorReport } from '../../src/session';

/** @param action what the node does next */
export function localError(
  ErrorType: string,
  operation: ErrorReport['operation'],
  message: string,
  action: 'ignore' | 'stop' = 'ignore',
): ErrorReport {
  return {
    ...{ ErrorType, RequestId: null, message, operation },
    ...{ statusCode: null, retryable: false, action, attempt: 1 },
  };
}
