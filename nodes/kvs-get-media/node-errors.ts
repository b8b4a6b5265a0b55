/** Errors of kvs-get-media itself, rather than of its session. */
import type { ErrorReport } from '../../src/session';
import type { Statement } from '../../src/statement';
import { localError } from '../shared/local-error';
import { say } from '../shared/statements';

/** An input message that was refused. */
export function inputError(problem: Statement): ErrorReport {
  return localError('InvalidInput', 'Input', [say('input.refused', {}), problem]);
}

/** A mistake of this package, which a person can only report. */
export function unforeseenError(error: unknown): ErrorReport {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return localError('UnexpectedError', 'Input', [say('input.unexpected', { reason: message })]);
}

export function checkpointError(problem: readonly Statement[]): ErrorReport {
  return localError('InvalidInput', 'Checkpoint', problem);
}
