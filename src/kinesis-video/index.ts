/**
 * The operations of Kinesis Video Streams, one file each, and `KinesisVideoService`, which offers them for one account
 * in one region. Never tries again (that is the session's) and knows nothing of what is in the media (`matroska`).
 *
 * To add a call:
 * 1. Write its file here. A call with an SDK client makes that client from `account.sdkClientConfig` (see
 *    `control-client`) and runs through `account.call`; one that answers with media builds its body and calls
 *    `openMedia` (see `get-media`).
 * 2. Add its name to `ServiceOperation` in `../aws/operations`, and the right that it needs to the sentences that the
 *    session has for each operation (`problems` and `failure` name the operation of an error).
 * 3. Offer it in `service`. A call about one stream goes to `endpoints.get(stream, APIName, signal)`; one to archived
 *    media makes its SDK client with that endpoint.
 * 4. Let the simulator answer it: `src/simulator/api/operation-tables`.
 *
 * Another service, such as DynamoDB, gets a folder of its own beside this one, on `AwsAccount` from `../aws`.
 */
export type {
  APIName,
  CallerIdentity,
  CredentialOrigin,
  CredentialSource,
  FailureDetails,
  ServiceOperation,
  Timeouts,
} from '../aws';
export { CredentialRegistry, describeOrigin, KinesisVideoError, redact, shownErrorType } from '../aws';
export type {
  ByteSink,
  ClientCertificate,
  MediaResponse,
  MediaTransport,
  NetworkOptions,
  ProxySettings,
} from '../http';
export { createTlsContext, MEDIA_TRANSPORTS, parseProxy } from '../http';
export type { KinesisVideoServiceOptions } from './service';
export { KinesisVideoService } from './service';
export type * from './types';
