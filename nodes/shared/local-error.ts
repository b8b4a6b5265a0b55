/** Errors that this package finds by itself, without a call to AWS, in the shape of all others. */
import type { ErrorReport } from '../../src/session';
import type { Statement } from '../../src/statement';

/** @param action what the node does next */
export function localError(
  ErrorType: string,
  operation: ErrorReport['operation'],
  statements: readonly Statement[],
  action: 'ignore' | 'stop' = 'ignore',
): ErrorReport {
  return {
    ...{ ErrorType, RequestId: null, operation, statements },
    message: statements.map(({ key }) => key).join(' '),
    ...{ errorClass: 'configuration', needsPerson: action === 'stop' },
    ...{ statusCode: null, retryable: false, action, attempt: 1 },
  };
}
