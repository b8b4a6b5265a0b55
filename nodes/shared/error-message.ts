/** The message of an error output, the same for all nodes. */
import type { NodeMessage } from 'node-red';

/** What its payload says. */
export interface ErrorPayload {
  readonly ErrorType: string;
  readonly RequestId: string | null;
  readonly message: string;
  readonly operation: string;
  readonly statusCode: number | null;
  readonly retryable: boolean;
  /** What the node does next. */
  readonly action: string;
  /** How many times in a row it has failed. */
  readonly attempt: number;
}

/**
 * @param kvs which stream and fragment the error is about
 * @param from the message that the error comes of, where it comes of one: its id and topic
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
