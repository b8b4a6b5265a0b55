/** Failures of an HTTP exchange, told apart by the codes that Node.js gives such failures. */
import { definedOnly } from '../defined-only';
import { hostOf, type HttpRequest } from './request';
import { ProxyFailure } from './proxy';

/** An error with a code, e.g. `ECONNRESET` or `HPE_INVALID_CONSTANT`. */
export function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The failure of a call whose signal aborted. Its cause is the signal's reason, which may be a time limit. */
export function abortFailure({ reason }: AbortSignal): Error {
  const error = failure('ABORT_ERR', 'The call was aborted.');
  return Object.assign(error, { name: 'AbortError', cause: reason as unknown });
}

/** The failure of a call whose transport was closed, or whose socket closed without an error. */
export function closedFailure(): Error {
  return failure('ECONNRESET', 'The connection was closed.');
}

/** The failure of a call for which no connection was made within its time limit. */
export function connectTimeout(): Error {
  return failure('ETIMEDOUT', 'No connection came about in time.');
}

/** The error with host and port of the request, where it does not name them itself: few errors of TLS do. */
export function atHost(error: Error, request: Pick<HttpRequest, 'hostname' | 'port'>): Error {
  return error instanceof ProxyFailure || 'hostname' in error
    ? error
    : Object.assign(error, { hostname: hostOf(request), ...definedOnly({ port: request.port }) });
}
