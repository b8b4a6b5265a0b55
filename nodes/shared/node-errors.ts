/** Errors of a node that reads streams, rather than of its sessions. */
import { reasonOf } from '../../src/kinesis-video';
import type { ErrorReport } from '../../src/session';
import type { Statement } from '../../src/statement';
import { localError } from './local-error';
import { say } from './node-statements';

/** An input message that was refused. */
export function inputError(problem: Statement): ErrorReport {
  return localError('InvalidInput', 'Input', [say('input.refused', {}), problem]);
}

/** A mistake of this package, which a person can only report. */
export function unforeseenError(error: unknown): ErrorReport {
  return localError('UnexpectedError', 'Input', [say('input.unexpected', { reason: reasonOf(error) })]);
}

export function checkpointError(problem: readonly Statement[]): ErrorReport {
  return localError('InvalidInput', 'Checkpoint', problem);
}
