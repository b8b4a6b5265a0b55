import type { NodeMessage } from 'node-red';
import type { Problem } from '../../src/convert';
import type { ConvertProblem } from '../../src/options';

export type ConvertMessage = NodeMessage & { kvs?: unknown; action?: unknown };

export interface Failure {
  readonly ErrorType: string;
  readonly message: string;
  readonly action: Problem['action'];
  readonly chunk: Problem['chunk'];
}

/** What a message cannot be taken for; undefined where nothing is wrong. Worded without the value at fault. */
export function refusalOf({ action, payload, kvs }: ConvertMessage): string | undefined {
  if (action !== undefined && action !== 'reset') {
    return 'The input message was refused: msg.action can only be "reset".';
  }
  if (action === 'reset') {
    return undefined;
  }
  if (isRecord(kvs) && kvs['frame'] !== undefined) {
    return 'The input message was refused: it holds a single frame. Let kvs-get-media send chunks.';
  }
  return Buffer.isBuffer(payload)
    ? undefined
    : 'The input message was refused: msg.payload must be a Buffer with one or more chunks.';
}

export function errorMessage(msg: ConvertMessage, failure: Failure, attempt: number): ConvertMessage {
  const { ErrorType, message, action, chunk } = failure;
  const kvs = isRecord(msg.kvs) ? msg.kvs : {};
  const identity = ['StreamName', 'StreamARN', 'FragmentNumber', 'ContinuationToken'].filter(
    (name) => kvs[name] !== undefined,
  );
  const error: ConvertMessage = {
    ...(msg.topic === undefined ? {} : { topic: msg.topic }),
    payload: {
      ErrorType,
      RequestId: null,
      message,
      operation: 'Convert',
      statusCode: null,
      retryable: false,
      action,
      attempt,
    },
    kvs: { ...Object.fromEntries(identity.map((name) => [name, kvs[name]])), ...chunk },
  };
  return msg._msgid === undefined ? error : { _msgid: msg._msgid, ...error };
}

export function problemText({ property, key }: ConvertProblem): string {
  switch (key) {
    case 'unknownTarget':
      return 'to is none of the forms that chunks can be converted to';
    case 'notANumber':
      return `${property} is not a number`;
    case 'outOfRange':
      return `${property} is out of range`;
    case 'newerVersion':
      return 'its settings were made by a newer version of this package';
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
