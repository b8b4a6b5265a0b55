/**
 * One connection: HTTP/1.1 over a socket or `node:https`, proxies, TLS contexts and name look-ups. Knows nothing of AWS:
 * no signatures, no credentials, no meaning of an answer.
 *
 * `https-transport` sends a request and resolves with the head; `socket-transport` does the same for long media, and
 * `transport-choice` says which of the two an operator has chosen. Both give a `StreamedResponse` (`streamed-response`).
 * Of a socket, `http-response-parser` strips HTTP, `socket-response` hands on slices of the body, and
 * `socket-read-budget` limits how long sockets are read in one turn.
 */
export { readBody, readErrorBody } from './error-body';
export { failure } from './http-failure';
export type { NetworkOptions } from './https-transport';
export { HttpsTransport } from './https-transport';
export type { ByteSink, MediaResponse, ResponseFacts, StreamedResponse } from './streamed-response';
export type { MediaTransport } from './transport-choice';
export { chosenMediaTransport, MEDIA_TRANSPORTS } from './transport-choice';
export type { ProxySettings } from './proxy';
export { parseProxy, ProxyFailure } from './proxy';
export type { HttpRequest } from './request';
export { createRequest } from './request';
export { SocketTransport } from './socket-transport';
export type { ClientCertificate } from './tls-context';
export { createTlsContext } from './tls-context';
