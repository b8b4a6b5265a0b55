/** A call that failed without an answer, or with one that could not be read, as an error. */
import { ProxyFailure } from '../http';
import { isRecord } from '../is-record';
import { KNOWN_REGIONS } from '../options';
import type { FailureContext, ResponseHeaders } from './error-response';
import { describeCall, errorFromResponse, parseErrorType } from './error-response';
import { KinesisVideoError } from './errors';
import { quotable, redact } from './redact';
import type { ServiceOperation } from './operations';

const UNTRUSTED = 'a certificate that no trusted CA has signed came from the server';

const PLAIN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'no answer came in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EMFILE: 'Node.js has no file descriptors left',
  ENFILE: 'this machine has no file descriptors left',
  CERT_HAS_EXPIRED: 'an expired certificate came from the server',
  CERT_NOT_YET_VALID: 'a certificate that is not valid yet came from the server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'a certificate for another host name came from the server',
  HOSTNAME_MISMATCH: 'a certificate for another host name came from the server',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_PROXY_INVALID_CONFIG: 'its address is not one of an HTTP proxy',
};

/** Codes that Node.js gives to failures of the network, of TLS and of the HTTP exchange, and to a want of descriptors. */
const NETWORK_CODE =
  /^(E(CONN\w+|PIPE|NOTFOUND|AI_\w+|TIMEDOUT|HOST\w+|NET\w+|ADDR\w+|PROTO|[MN]FILE)|\w*CERT\w*|UNABLE_TO_\w+|HOSTNAME_MISMATCH|ERR_(TLS|SSL|SOCKET)_\w+|HPE_\w+)$/;

/** Codes such as EACCES are the network's only where the system call is. */
const NETWORK_CALLS: readonly unknown[] = ['connect', 'getaddrinfo'];

/** Errors hold others in `cause` and (one per address tried) in `errors`; deeper than this is no wrapping any more. */
const DEEPEST = 5;

/** A call that failed without an answer, or with one that could not be read. Secrets stay behind. */
export function errorFromFailure(
  failure: unknown,
  operation: ServiceOperation,
  context: FailureContext = {},
): KinesisVideoError {
  const chain = unfold(failure);
  const known = chain.find((error) => error instanceof KinesisVideoError);
  if (known instanceof KinesisVideoError) {
    return known;
  }
  const cause = withoutSecrets(chain[0] ?? failure, context);
  const proxy = chain.find((error) => error instanceof ProxyFailure);
  if (proxy instanceof ProxyFailure) {
    return proxyError(proxy, operation, context, cause);
  }
  const networkCode = networkCodeOf(chain);
  if (networkCode !== undefined) {
    return networkError(networkCode, operation, context, { cause, host: hostOf(chain) });
  }
  const answer = chain.map(answerOf).find((found) => found !== undefined);
  if (answer !== undefined) {
    return errorFromAnswer(answer, chain, operation, context);
  }
  const said = quotable(cause.message, context.secrets);
  return new KinesisVideoError(
    `${describeCall(operation, context.stream)} could not be made${said === '' ? '.' : `: "${said}"`}`,
    { ErrorType: errorName(chain), operation, cause },
  );
}

export function networkError(
  networkCode: string,
  operation: ServiceOperation,
  context: FailureContext = {},
  more: {
    readonly cause?: Error;
    readonly host?: string | undefined;
    readonly RequestId?: string | null;
  } = {},
): KinesisVideoError {
  const words = wordsOf(networkCode);
  // The host may be one that an answer named, and so may be anything.
  const { host = '' } = more;
  const where = host === '' || redact(host, context.secrets) !== host ? '' : ` at ${host}`;
  const region = isUnknownRegion(networkCode, host, context)
    ? `the region "${context.region}" may not exist, for `
    : '';
  return new KinesisVideoError(
    `${describeCall(operation, context.stream)} failed: ${region}${words}${where} (${networkCode}).`,
    { ErrorType: 'NetworkError', operation, networkCode, cause: more.cause, RequestId: more.RequestId },
  );
}

/** AWS has a host for each of its regions; this one has none, and the region is on no list. */
function isUnknownRegion(networkCode: string, host: string, { region }: FailureContext): boolean {
  return (
    /^(ENOTFOUND|EAI_\w+)$/.test(networkCode) &&
    region !== undefined &&
    host.includes(`.${region}.`) &&
    !KNOWN_REGIONS.includes(region)
  );
}

/** A proxy that refuses says so by an HTTP status, which is not the service's and so not the error's. */
function proxyError(
  { code, proxyHost, proxyStatus }: ProxyFailure,
  operation: ServiceOperation,
  { stream }: FailureContext,
  cause: Error,
): KinesisVideoError {
  const refused = proxyStatus === undefined ? wordsOf(code) : `it answered HTTP ${proxyStatus}`;
  const asks = proxyStatus === 407 ? ', so it asks for a user name and password, or for others' : '';
  const proxy = proxyHost === undefined ? 'the proxy' : `the proxy ${proxyHost}`;
  return new KinesisVideoError(
    `${describeCall(operation, stream)} failed: ${proxy} let nothing through: ${refused}${asks} (${code}).`,
    { ErrorType: 'NetworkError', operation, networkCode: code, cause },
  );
}

function wordsOf(networkCode: string): string {
  return (
    PLAIN_WORDS[networkCode] ??
    (/CERT|TLS|SSL|EPROTO|UNABLE_TO|MISMATCH/.test(networkCode) ? 'TLS failed' : 'the network failed')
  );
}

/** What Node.js calls this failure of the network, or undefined if it is another kind of failure. */
export function networkCodeOf(chain: readonly object[]): string | undefined {
  for (const error of chain) {
    const code = member(error, 'code');
    if (
      typeof code === 'string' &&
      (NETWORK_CODE.test(code) || NETWORK_CALLS.includes(member(error, 'syscall')))
    ) {
      return code;
    }
  }
  return chain.some((error) => 'name' in error && error.name === 'TimeoutError') ? 'ETIMEDOUT' : undefined;
}

/** The error itself and all that it wraps, outermost first. */
export function unfold(failure: unknown, depth = 0): object[] {
  if (typeof failure !== 'object' || failure === null || depth > DEEPEST) {
    return [];
  }
  const inner: unknown[] = 'errors' in failure && Array.isArray(failure.errors) ? failure.errors : [];
  const cause = 'cause' in failure ? [failure.cause] : [];
  return [failure, ...[...inner, ...cause].flatMap((error) => unfold(error, depth + 1))];
}

/** A copy without the requests, headers and bodies that SDK errors carry along. */
export function withoutSecrets(error: unknown, context: FailureContext = {}): Error {
  const { message, name, stack } = error instanceof Error ? error : new Error(String(error));
  const copy = new Error(quotable(message, context.secrets));
  copy.name = redact(name, context.secrets);
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  copy.stack = [`${copy.name}: ${copy.message}`, ...frames].join('\n');
  return copy;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: ResponseHeaders;
}

/** The head of the answer that an SDK error was made from. */
function answerOf(error: object): Answer | undefined {
  const response = member(error, '$response');
  const statusCode = member(response, 'statusCode') ?? member(member(error, '$metadata'), 'httpStatusCode');
  if (typeof statusCode !== 'number') {
    return undefined;
  }
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(member(response, 'headers') ?? {})) {
    if (typeof value === 'string') {
      headers[key] = value;
    }
  }
  const RequestId = member(member(error, '$metadata'), 'requestId');
  return {
    statusCode,
    headers: typeof RequestId === 'string' ? { 'x-amzn-requestid': RequestId, ...headers } : headers,
  };
}

/** The SDK read the head, and more or less of the body. */
function errorFromAnswer(
  { statusCode, headers }: Answer,
  chain: readonly object[],
  operation: ServiceOperation,
  context: FailureContext,
): KinesisVideoError {
  if (statusCode >= 300) {
    const [first] = chain;
    const message = first instanceof SyntaxError ? undefined : member(first, 'message');
    const body = JSON.stringify({ code: member(first, 'name'), message });
    return errorFromResponse(
      statusCode,
      headers,
      first instanceof SyntaxError ? '' : body,
      operation,
      context,
    );
  }
  const { RequestId, serverTime } = errorFromResponse(statusCode, headers, '', operation, context);
  return new KinesisVideoError(
    `${describeCall(operation, context.stream)} got an answer that is not the service's (HTTP ${statusCode}).`,
    { ErrorType: 'UnknownError', operation, statusCode, RequestId, serverTime },
  );
}

function member(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

function errorName(chain: readonly object[]): string {
  const name = member(chain[0], 'name');
  const type = typeof name === 'string' ? parseErrorType(name) : '';
  return type === '' || type === 'Error' ? 'UnknownError' : type;
}

function hostOf(chain: readonly object[]): string | undefined {
  const host = chain
    .map((error) => member(error, 'hostname') ?? member(error, 'host'))
    .find((value) => value !== undefined);
  return typeof host === 'string' && /^[\w.:-]{1,255}$/.test(host) ? host : undefined;
}
