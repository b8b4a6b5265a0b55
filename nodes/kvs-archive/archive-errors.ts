/** The errors of kvs-archive, as its error output and Catch nodes have them. */
import type { NodeMessage } from 'node-red';
import type { Span } from '../../src/archive';
import { definedOnly } from '../../src/defined-only';
import type { ErrorReport } from '../../src/session';
import { errorPayload, type ErrorPayload } from '../shared/error-output';
import type { StatementValue } from '../../src/statement';
import type { Words } from '../shared/words';

/** Errors that this node finds itself. */
export type OwnErrorType =
  | 'InvalidInput'
  | 'NoMediaInRange'
  | 'ArchiveIncomplete'
  | 'ClipTooLarge'
  | 'FileError'
  | 'NoDecoder'
  | 'DecoderFailed'
  | 'DecoderBusy'
  | 'QueueFull'
  | 'Cancelled';

/** What became of a request that failed. */
export interface ArchivePayload extends ErrorPayload {
  /** The parts of the range that could not be read, of `ArchiveIncomplete`. */
  readonly gaps?: readonly Span[];
}

/**
 * @param key of the sentence, below `kvs-archive.error`
 */
export function ownError(
  ErrorType: OwnErrorType,
  words: Words,
  key: string,
  values: Readonly<Record<string, StatementValue>> = {},
  gaps?: readonly Span[],
): ArchivePayload {
  const message = words.own(`kvs-archive.error.${key}`, values);
  return {
    ...{
      ErrorType,
      RequestId: null,
      message,
      statusCode: null,
      retryable: false,
      action: 'skip',
      attempt: 1,
    },
    operation: ErrorType === 'InvalidInput' ? 'Input' : 'Archive',
    ...definedOnly({ gaps }),
  };
}

/** A message that holds what cannot be read. */
export function unreadableError(words: Words): ArchivePayload {
  return { ...ownError('InvalidInput', words, 'request'), message: words.text('input.unreadable') };
}

/** An error of the archive or of one of its calls. The node continues with the next request. */
export function archivePayload(error: ErrorReport, words: Words): ArchivePayload {
  // What a session does next is no matter of the request.
  const statements = error.statements.filter(({ key }) => !key.startsWith('next.'));
  return { ...errorPayload({ ...error, statements }, words), action: 'skip' };
}

/** A request that failed for a reason of this node's own. */
export class RequestFailure extends Error {
  constructor(readonly payload: ArchivePayload) {
    super(payload.message);
  }
}

/** A request that failed, as a Catch node passes it on: only own properties survive the way there. */
export class RequestError extends Error {
  readonly code: string;
  /** The message of the error output. */
  override readonly cause: NodeMessage;

  constructor({ ErrorType, message }: ErrorPayload, msg: NodeMessage) {
    super(message);
    this.name = ErrorType;
    this.code = ErrorType;
    this.cause = msg;
  }
}
