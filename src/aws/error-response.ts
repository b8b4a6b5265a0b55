/** What an answer other than 200 says, as an error. */
import { isRecord } from '../is-record';
import type { StreamRef } from '../options';
import type { Statement } from '../statement';
import { KinesisVideoError } from './errors';
import { quotable, redact, withoutGiven } from './redact';
import type { ServiceOperation } from './operations';
import { awsStatement } from './aws-statements';

export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a sentence about a failure may name, and what it must not. */
export interface FailureContext {
  readonly stream?: StreamRef | undefined;
  /** That the call is for. */
  readonly region?: string | undefined;
  /** Values to cut out of whatever the service echoes. */
  readonly secrets?: readonly string[] | undefined;
}

/** The documented spelling and the one on the wire are different; both are read. */
const REQUEST_ID_HEADERS = ['x-amzn-requestid', 'x-amz-requestid', 'x-amzn-request-id', 'x-amz-request-id'];
/** Far longer than any request id in hexadecimal. */
const SIGNATURE = /[0-9a-f]{64}/i;
const ERROR_TYPE_HEADERS = ['x-amzn-errortype', 'x-amz-errortype'];

/** The service has one type for a stream that does not exist and for a range without media. */
const NOT_FOUND = 'ResourceNotFoundException';
const NO_FRAGMENTS = /^no fragments found/i;

/** ErrorType of an answer that names none. */
const UNKNOWN = 'UnknownError';

const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'NotAuthorizedException',
  403: 'AccessDeniedException',
  429: 'ThrottlingException',
  500: 'InternalFailure',
  502: 'ServiceUnavailable',
  503: 'ServiceUnavailable',
  504: 'ServiceUnavailable',
};

/**
 * An answer other than 200, as an error. The body may be JSON (the rule), XML (a request that reached the wrong
 * endpoint) or anything (a proxy).
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html, Errors
 */
export function errorFromResponse(
  statusCode: number,
  headers: ResponseHeaders,
  bodyText: string,
  operation: ServiceOperation,
  context: FailureContext = {},
): KinesisVideoError {
  const body = readBody(bodyText);
  const typeIn = (text = ''): string => shownErrorType(text, context.secrets);
  const named =
    typeIn(header(headers, ERROR_TYPE_HEADERS)) ||
    typeIn(body.type) ||
    (TYPE_BY_STATUS[statusCode] ?? UNKNOWN);
  const ErrorType = named === NOT_FOUND && NO_FRAGMENTS.test(body.message ?? '') ? 'NoMediaInRange' : named;
  const said = quotable(body.message ?? '', context.secrets);
  const RequestId = requestIdOf(headers, context.secrets);
  // The service names its errors and its requests.
  const isForeign = named === UNKNOWN && RequestId === null;
  const why = isForeign ? 'an answer from another server' : ErrorType;
  const what = `${describeCall(operation, context.stream)} failed with ${why} (HTTP ${statusCode})`;
  return new KinesisVideoError(said === '' ? `${what}.` : `${what}: "${said}"`, {
    ErrorType,
    operation,
    statusCode,
    RequestId,
    serverTime: serverTimeOf(headers),
    statements: [
      callStatement(operation, context.stream),
      isForeign
        ? awsStatement('reason.notService', { statusCode })
        : awsStatement('reason.answered', { ErrorType, statusCode }),
      ...(said === '' ? [] : [awsStatement('reason.said', { said: said.replace(/[.\s]+$/, '') })]),
    ],
  });
}

/** Which call failed: the first statement about each of them. */
export function callStatement(operation: ServiceOperation, stream: StreamRef | undefined): Statement {
  if (operation === 'Credentials') {
    return awsStatement('call.noCredentials', {});
  }
  return stream === undefined
    ? awsStatement('call.failed', { operation })
    : awsStatement('call.failedForStream', { operation, StreamName: stream.StreamName });
}

/** `Name` of `Name:https://…`, `namespace#Name` and `Name, …`; empty where there is no such name. */
export function parseErrorType(raw: string): string {
  const undecorated = raw.trim().split(/[:,;\s]/, 1)[0] ?? '';
  const parts = undecorated.split('#');
  const name = parts.find((part) => /^[A-Z]/.test(part)) ?? parts.at(-1) ?? '';
  return /^[A-Za-z][\w.-]{0,127}$/.test(name) ? name : '';
}

/** The same; empty, too, where what looks like a name may be a key that is echoed. */
export function shownErrorType(raw: string, secrets: readonly string[] = []): string {
  const type = parseErrorType(raw);
  return redact(type, secrets) === type ? type : '';
}

export function requestIdOf(headers: ResponseHeaders, secrets: readonly string[] = []): string | null {
  const id = header(headers, REQUEST_ID_HEADERS);
  return id !== undefined &&
    /^[\w.:=+/-]{1,256}$/.test(id) &&
    !SIGNATURE.test(id) &&
    withoutGiven(id, secrets) === id
    ? id
    : null;
}

/** The `Date` header in ms since the epoch. */
export function serverTimeOf(headers: ResponseHeaders): number | undefined {
  const time = Date.parse(header(headers, ['date']) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** `GetMedia for stream "front-door"`: how every sentence about a failed call begins. */
export function describeCall(operation: ServiceOperation, stream: StreamRef | undefined): string {
  return stream === undefined ? operation : `${operation} for stream "${stream.StreamName}"`;
}

/** `names` in lower case; header names are matched in any case. The first of a repeated header counts. */
function header(headers: ResponseHeaders, names: readonly string[]): string | undefined {
  const entries = Object.entries(headers);
  for (const name of names) {
    for (const [key, value] of entries) {
      const first = typeof value === 'string' ? value : value?.[0];
      if (key.toLowerCase() === name && first !== undefined && first.trim() !== '') {
        return first.trim();
      }
    }
  }
  return undefined;
}

interface BodyContent {
  readonly type?: string | undefined;
  readonly message?: string | undefined;
}

function readBody(text: string): BodyContent {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed.startsWith('<')) {
    return readMarkup(trimmed);
  }
  if (!trimmed.startsWith('{')) {
    return {};
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return {};
  }
  const outer = lowerCaseStrings(parsed);
  const inner = lowerCaseStrings(isRecord(parsed) ? (parsed['Error'] ?? parsed['error']) : undefined);
  return {
    type: outer.get('code') ?? outer.get('__type') ?? inner.get('code') ?? inner.get('type'),
    message: outer.get('message') ?? inner.get('message'),
  };
}

/** What is looked for stands at the beginning; all of a long page would be searched again for each of its tags. */
const MARKUP_READ = 4096;

function readMarkup(page: string): BodyContent {
  const text = page.slice(0, MARKUP_READ);
  if (/<html[\s>]/i.test(text) || /^<!doctype html/i.test(text)) {
    return { message: elementText(text, 'title') };
  }
  const root = /<([A-Za-z_][\w.-]*)/.exec(text.replace(/<[?!][^>]*>/g, ''))?.[1];
  const named = root !== undefined && !/response$|^error$/i.test(root) ? root : undefined;
  return { type: elementText(text, 'code') ?? named, message: elementText(text, 'message') };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function elementText(markup: string, name: string): string | undefined {
  const content = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}\\s*>`, 'i').exec(markup)?.[1]?.trim();
  return content === undefined || content === ''
    ? undefined
    : content.replace(/&(lt|gt|quot|apos|amp);/g, (entity, key: string) => ENTITIES[key] ?? entity);
}

function lowerCaseStrings(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, member] of isRecord(value) ? Object.entries(value) : []) {
    if (typeof member === 'string' && member !== '' && !found.has(key.toLowerCase())) {
      found.set(key.toLowerCase(), member);
    }
  }
  return found;
}
