/**
 * The calls to Kinesis Video Streams, one each: signing, endpoints, credentials, and errors with ErrorType, RequestId
 * and statusCode. The only folder that touches the network. It never tries again (that is the session's), knows
 * nothing of what is in the media (`matroska`) nor of Node-RED, and loads the SDK only when a call is made.
 */
export type { CallerIdentity } from '../aws/caller-identity';
export type { CredentialOrigin } from '../aws/credential-origin';
export { describeOrigin } from '../aws/credential-origin';
export { CredentialRegistry } from '../aws/credential-registry';
export type { CredentialSource } from '../aws/credential-source';
export { shownErrorType } from '../aws/error-response';
export type { FailureDetails } from '../aws/errors';
export { KinesisVideoError } from '../aws/errors';
export type { MediaTransport } from '../http/media-transport';
export { MEDIA_TRANSPORTS } from '../http/media-transport';
export type { KinesisVideoServiceOptions, Timeouts } from './service';
export { KinesisVideoService } from './service';
export type { ProxySettings } from '../http/proxy';
export { parseProxy } from '../http/proxy';
export { redact } from '../aws/redact';
export type { NetworkOptions } from '../http/https-transport';
export type { ClientCertificate } from '../http/tls-context';
export { createTrust } from '../http/tls-context';
export type { ServiceOperation } from '../aws/operations';
export type { ByteSink, MediaResponse } from '../http/media-response';
export type * from './types';
