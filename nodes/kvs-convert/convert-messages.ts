/** The messages of kvs-convert: what it accepts, and what it makes of a message. */
import type { NodeMessage } from 'node-red';
import type { Converted, Problem } from '../../src/convert';
import { definedOnly } from '../../src/defined-only';
import { isRecord } from '../../src/is-record';
import type { PixelFormat } from '../../src/options';
import { frameOf } from './read-frame-message';
import { errorMessage } from '../shared/error-output';
import type { Words } from '../shared/words';

export type ConvertMessage = NodeMessage & {
  kvs?: unknown;
  action?: unknown;
  complete?: unknown;
  filename?: unknown;
};

/** Media for output 1, errors for output 2. */
export type ConvertSend = (messages: [ConvertMessage[] | null, ConvertMessage[] | null]) => void;

export interface Failure {
  readonly ErrorType: string;
  readonly message: string;
  readonly action: Problem['action'];
  readonly chunk: Problem['chunk'];
}

/** What `msg.kvs.image` says of a picture. */
export interface ImageDescription {
  /** When the frame is shown, ms since the epoch; absent where nothing says it. */
  readonly frameTime?: number;
  readonly FragmentNumber?: string;
  readonly width?: number;
  readonly height?: number;
  readonly mimeType?: string;
  readonly pixelFormat?: PixelFormat;
}

/**
 * Why a message is refused: a key of the catalogue; undefined where nothing is wrong.
 *
 * @param ofAnyFrame the node makes pictures of any frame, and so takes single frames and acknowledgements
 */
export function refusalOf(msg: ConvertMessage, ofAnyFrame = false): string | undefined {
  const { action, payload, kvs } = msg;
  if (action === 'ack' && ofAnyFrame) {
    return pictureKeyOf(msg) === undefined ? 'refusedAck' : undefined;
  }
  if (action !== undefined && action !== 'reset') {
    return 'refusedAction';
  }
  if (action === 'reset' || isComplete(msg)) {
    return undefined;
  }
  if (isRecord(kvs) && kvs['frame'] !== undefined) {
    return !ofAnyFrame ? 'refusedFrame' : frameOf(msg) === undefined ? 'malformedFrame' : undefined;
  }
  return Buffer.isBuffer(payload) ? undefined : 'refusedPayload';
}

/** The failure of a message that holds what cannot be read or copied. */
export function unreadable(words: Words): Failure {
  return {
    ErrorType: 'InvalidInput',
    message: words.text('input.unreadable'),
    action: 'skip',
    chunk: {},
  };
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

/** Tells a picture from the others of its stream; undefined for a message that is of none. */
export function pictureKeyOf({ kvs }: ConvertMessage): string | undefined {
  const { image, format } = isRecord(kvs) ? kvs : {};
  const track = isRecord(format) ? format['track'] : undefined;
  return isRecord(image) && typeof image['frameTime'] === 'number'
    ? `${String(isRecord(track) ? track['number'] : '')} ${image['frameTime']}`
    : undefined;
}

/** The names of a message's stream, as far as it has them. */
export function streamOf({ kvs }: ConvertMessage): object {
  const { StreamName, StreamARN } = isRecord(kvs) ? kvs : {};
  return definedOnly({ StreamName, StreamARN });
}

/** All that a message says but its media and what is to be done with it. */
export function withoutMedia(msg: ConvertMessage): ConvertMessage {
  const rest = { ...msg };
  delete rest.payload;
  delete rest.action;
  return rest;
}

/**
 * Everything that the message says, with the media in place of its chunk.
 *
 * @param clone copies a message
 * @param image of a picture
 */
export function mediaMessage(
  msg: ConvertMessage,
  { data, description, format, chunk }: Converted,
  clone: (msg: ConvertMessage) => ConvertMessage,
  image?: ImageDescription,
): ConvertMessage {
  const own = clone(withoutMedia(msg));
  return {
    ...own,
    payload: description === undefined ? data : structuredClone(description),
    kvs: {
      ...(isRecord(own.kvs) ? own.kvs : {}),
      ...chunk,
      format: structuredClone(format),
      ...(image && { image }),
    },
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
