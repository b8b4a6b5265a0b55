/** The message of an error output, the same for all nodes. */
import type { NodeMessage } from 'node-red';
import { definedOnly } from '../../src/defined-only';
import type { ErrorReport } from '../../src/session';
import type { Words } from './words';

/** What its payload says. */
export interface ErrorPayload {
  readonly ErrorType: string;
  readonly RequestId: string | null;
  /** What happened, to which stream, what happens next and what a person can do. */
  readonly message: string;
  readonly operation: string;
  readonly statusCode: number | null;
  readonly retryable: boolean;
  /** What the node does next. */
  readonly action: string;
  /** How many times in a row it has failed. */
  readonly attempt: number;
}

/** An error as the error output has it: its statements as sentences. */
export function errorPayload(error: ErrorReport, words: Words): ErrorPayload {
  const own = { statements: undefined, errorClass: undefined, needsPerson: undefined };
  return definedOnly({ ...error, ...own, message: words.sentences(error.statements) });
}

/**
 * @param kvs which stream and fragment the error is about
 * @param from the message that caused the error, if one did: its id and topic
 */
export function errorMessage(
  error: ErrorPayload,
  kvs: object,
  from: { readonly topic?: string | undefined; readonly _msgid?: string | undefined },
): NodeMessage & { kvs: object } {
  const { topic, _msgid } = from;
  return {
    ...(_msgid === undefined ? {} : { _msgid }),
    ...(topic === undefined ? {} : { topic }),
    payload: { ...error },
    kvs,
  };
}
