/** Errors of a node that reads streams, rather than of its sessions. */
import { reasonOf } from '../../src/kinesis-video';
import type { ErrorReport } from '../../src/session';
import type { Statement } from '../../src/statement';
import { localError } from './local-error';
import { nodeStatement } from './node-statements';

/** An input message that was refused. */
export function inputError(problem: Statement): ErrorReport {
  return localError('InvalidInput', 'Input', [nodeStatement('input.refused', {}), problem]);
}

/** A mistake of this package, which a person can only report. */
export function unforeseenError(error: unknown): ErrorReport {
  return localError('UnexpectedError', 'Input', [
    nodeStatement('input.unexpected', { reason: reasonOf(error) }),
  ]);
}

export function checkpointError(problem: readonly Statement[]): ErrorReport {
  return localError('InvalidInput', 'Checkpoint', problem);
}
