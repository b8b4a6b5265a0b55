/**
 * The calls to Kinesis Video Streams, one each: signing, endpoints, credentials, and errors with ErrorType, RequestId
 * and statusCode. The only folder that touches the network. It never tries again (that is the session's), knows
 * nothing of what is in the media (`matroska`) nor of Node-RED, and loads the SDK only when a call is made.
 */
export type { CredentialSource } from './credentials';
export { shownErrorType } from './error-response';
export type { FailureDetails } from './errors';
export { KinesisVideoError } from './errors';
export type { MediaTransport } from './media-transport';
export { MEDIA_TRANSPORTS } from './media-transport';
export type { KinesisVideoServiceOptions, Timeouts } from './service';
export { KinesisVideoService } from './service';
export type * from './types';
