/**
 * The calls to Kinesis Video Streams, one each: signing, endpoints, credentials, and errors with ErrorType, RequestId
 * and statusCode. The only folder that touches the network. It never tries again (that is the session's), knows
 * nothing of what is in the media (`matroska`) nor of Node-RED, and loads the SDK only when a call is made.
 */
export type { CallerIdentity } from './caller-identity';
export type { CredentialOrigin } from './credential-origin';
export { describeOrigin } from './credential-origin';
export { CredentialRegistry } from './credential-registry';
export type { CredentialSource } from './credential-source';
export { shownErrorType } from './error-response';
export type { FailureDetails } from './errors';
export { KinesisVideoError } from './errors';
export type { MediaTransport } from './media-transport';
export { MEDIA_TRANSPORTS } from './media-transport';
export type { KinesisVideoServiceOptions, Timeouts } from './service';
export { KinesisVideoService } from './service';
export type { ProxySettings } from './proxy';
export { parseProxy } from './proxy';
export { redact } from './redact';
export type { NetworkOptions } from './transport';
export type { ClientCertificate } from './trust';
export { createTrust } from './trust';
export type * from './types';
