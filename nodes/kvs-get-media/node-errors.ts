/** Errors and notes of kvs-get-media itself, rather than of its session. */
import type { ErrorReport } from '../../src/session';
import { localError } from '../shared/local-error';

/** An input message that was refused. */
export function inputError(problem: string): ErrorReport {
  return localError(
    'InvalidInput',
    'Input',
    `The input message was refused: ${problem}. Nothing has changed.`,
  );
}

/** A mistake of this package, which a person can only report. */
export function unforeseenError(error: unknown): ErrorReport {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return localError(
    name,
    'Input',
    `The input message could not be acted upon: ${message}. Please report this.`,
  );
}

/** A resume that will not survive a restart of Node-RED, for the log. */
export function memoryStoreNote(StreamName: string, store: string | undefined): string {
  const name = store === undefined ? 'default context store' : `context store "${store}"`;
  return `The place in stream "${StreamName}" is kept in memory only, in the ${name}: after a restart of Node-RED, reading begins where the settings say. To continue there, choose a context store that survives a restart, such as one of type localfilesystem, at "Remember in".`;
}

export function checkpointError(what: string): ErrorReport {
  return localError('InvalidInput', 'Checkpoint', `${what}.`);
}
