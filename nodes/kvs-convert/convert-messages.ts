/** The messages of kvs-convert: what it accepts, and what it makes of a message. */
import type { NodeMessage } from 'node-red';
import type { Converted, Problem } from '../../src/convert';
import { definedOnly } from '../../src/defined-only';
import { isRecord } from '../../src/is-record';
import { errorMessage } from '../shared/error-message';

export type ConvertMessage = NodeMessage & {
  kvs?: unknown;
  action?: unknown;
  complete?: unknown;
  filename?: unknown;
};

export interface Failure {
  readonly ErrorType: string;
  readonly message: string;
  readonly action: Problem['action'];
  readonly chunk: Problem['chunk'];
}

/** Why a message is refused: a key of the catalogue; undefined where nothing is wrong. */
export function refusalOf(msg: ConvertMessage): string | undefined {
  const { action, payload, kvs } = msg;
  if (action !== undefined && action !== 'reset') {
    return 'refusedAction';
  }
  if (action === 'reset' || isComplete(msg)) {
    return undefined;
  }
  if (isRecord(kvs) && kvs['frame'] !== undefined) {
    return 'refusedFrame';
  }
  return Buffer.isBuffer(payload) ? undefined : 'refusedPayload';
}

/** Is it the last message of a session of `kvs-get-media`, which has no media? */
export function isComplete({ complete, payload }: ConvertMessage): boolean {
  return complete === true && !Buffer.isBuffer(payload);
}

/** The id of the Amazon Connect contact that a chunk is of; undefined where it does not say. */
export function contactOf({ kvs }: ConvertMessage): string | undefined {
  const tags = isRecord(kvs) ? kvs['tags'] : undefined;
  const id: unknown = isRecord(tags) ? tags['ContactId'] : undefined;
  const first: unknown = Array.isArray(id) ? id[0] : id;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

/** What names of files call a stream. */
export function fileStreamName({ kvs, topic }: ConvertMessage): string {
  const { StreamName } = isRecord(kvs) ? kvs : {};
  const names: unknown[] = [StreamName, topic];
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'stream';
}

/** Which stream a message is of, by the best name that it has. */
export function streamNameOf({ kvs, topic }: ConvertMessage): string {
  const { StreamARN, StreamName } = isRecord(kvs) ? kvs : {};
  const names: unknown[] = [StreamARN, StreamName, topic];
  return names.find((name) => typeof name === 'string') ?? '';
}

/** The names of a message's stream, as far as it has them. */
export function streamOf({ kvs }: ConvertMessage): object {
  const { StreamName, StreamARN } = isRecord(kvs) ? kvs : {};
  return definedOnly({ StreamName, StreamARN });
}

/** Everything that the message says, with the media in place of its chunk. @param clone copies a message */
export function mediaMessage(
  msg: ConvertMessage,
  { data, description, format, chunk }: Converted,
  clone: (msg: ConvertMessage) => ConvertMessage,
): ConvertMessage {
  const rest = { ...msg };
  delete rest.payload;
  delete rest.action;
  const own = clone(rest);
  return {
    ...own,
    payload: description === undefined ? data : structuredClone(description),
    kvs: { ...(isRecord(own.kvs) ? own.kvs : {}), ...chunk, format: structuredClone(format) },
  };
}

/** @param attempt how many chunks in a row have failed */
export function failureMessage(msg: ConvertMessage, failure: Failure, attempt: number): ConvertMessage {
  const { chunk, ...error } = failure;
  const kvs = isRecord(msg.kvs) ? msg.kvs : {};
  const identity = ['StreamName', 'StreamARN', 'FragmentNumber', 'ContinuationToken'].filter(
    (name) => kvs[name] !== undefined,
  );
  return errorMessage(
    {
      ErrorType: error.ErrorType,
      RequestId: null,
      message: error.message,
      operation: 'Convert',
      statusCode: null,
      retryable: false,
      action: error.action,
      attempt,
    },
    { ...Object.fromEntries(identity.map((name) => [name, kvs[name]])), ...chunk },
    msg,
  );
}
