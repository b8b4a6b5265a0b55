/**
 * Makes the error of a call that got no answer, or one that cannot be read. `error-response.ts` makes those of answers;
 * of all of them `src/session/session-failures.ts` makes failures (`callFailure`), which say what happens next.
 */
import { ProxyFailure } from '../http';
import { isRecord } from '../is-record';
import type { StreamRef } from '../options';
import type { FailureContext, ResponseHeaders } from './error-response';
import { callStatement, describeCall, errorFromResponse, parseErrorType } from './error-response';
import { KinesisVideoError, type FailureDetails } from './errors';
import { networkError, proxyError } from './network-failure';
import { quotable, redact } from './redact';
import type { ServiceOperation } from './operations';
import { awsStatement } from './aws-statements';

/** Codes that Node.js gives to failures of the network, of TLS and of the HTTP exchange, and to a want of descriptors. */
const NETWORK_CODE =
  /^(E(CONN\w+|PIPE|NOTFOUND|AI_\w+|TIMEDOUT|HOST\w+|NET\w+|ADDR\w+|PROTO|[MN]FILE)|\w*CERT\w*|UNABLE_TO_\w+|HOSTNAME_MISMATCH|ERR_(TLS|SSL|SOCKET)_\w+|HPE_\w+)$/;

/** Codes such as EACCES are the network's only where the system call is. */
const NETWORK_CALLS: readonly unknown[] = ['connect', 'getaddrinfo'];

/** Errors hold others in `cause` and (one per address tried) in `errors`; deeper than this is no wrapping any more. */
const DEEPEST = 5;

/** The error of a call that got no answer, or one that cannot be read. It holds no secrets. */
export function errorFromUnansweredCall(
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
    return networkError(networkCode, operation, context, { cause, host: hostOf(chain), port: portOf(chain) });
  }
  if (chain.some((error) => member(error, 'code') === 'ERR_BUFFER_TOO_LARGE')) {
    return answerTooLarge(operation, context.stream, cause);
  }
  const answer = chain.map(answerOf).find((found) => found !== undefined);
  if (answer !== undefined) {
    return errorFromAnswer(answer, chain, operation, context);
  }
  const said = quotable(cause.message, context.secrets);
  return new KinesisVideoError(
    `${describeCall(operation, context.stream)} could not be made${said === '' ? '.' : `: "${said}"`}`,
    {
      ...{ ErrorType: errorName(chain), operation, cause },
      statements: [
        callStatement(operation, context.stream),
        ...(said === '' ? [] : [awsStatement('reason.local', { said: said.replace(/[.\s]+$/, '') })]),
      ],
    },
  );
}

/** An answer, or a list of them, that is larger than any of AWS: another server answers, or one that means harm. */
export function answerTooLarge(
  operation: ServiceOperation,
  stream: StreamRef | undefined,
  cause?: Error,
): KinesisVideoError {
  return new KinesisVideoError(
    `${describeCall(operation, stream)} got an answer that is larger than any answer of AWS.`,
    {
      ...{ ErrorType: 'AnswerTooLarge', operation, cause },
      statements: [callStatement(operation, stream), awsStatement('reason.tooLarge', {})],
    },
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
  return foreignAnswer(operation, context.stream, { statusCode, RequestId, serverTime });
}

/** An answer that says that all is well, and lacks what the service's answers have. */
export function foreignAnswer(
  operation: ServiceOperation,
  stream: StreamRef | undefined,
  details: Pick<FailureDetails, 'RequestId' | 'serverTime'> & { readonly statusCode: number },
): KinesisVideoError {
  const { statusCode } = details;
  return new KinesisVideoError(
    `${describeCall(operation, stream)} got an answer from another server (HTTP ${statusCode}).`,
    {
      ...{ ErrorType: 'UnknownError', operation, ...details },
      statements: [callStatement(operation, stream), awsStatement('reason.notService', { statusCode })],
    },
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

/** Where it is not the usual one, it may be what is wrong. */
function portOf(chain: readonly object[]): number | undefined {
  const port = chain.map((error) => member(error, 'port')).find((value) => typeof value === 'number');
  return port === 443 ? undefined : port;
}
