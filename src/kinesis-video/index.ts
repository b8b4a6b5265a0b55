/**
 * The operations of Kinesis Video Streams, one file each, and `KinesisVideoService`, which offers them for one account
 * in one region. Never tries again (that is the session's) and knows nothing of what is in the media (`matroska`).
 *
 * To add a call:
 * 1. Write its file here. A call with an SDK client makes that client from `account.sdkClientConfig` (see
 *    `control-client`, and `archived-client` for stored media) and runs through `account.call`; one that answers with
 *    media builds its body and calls `openMedia` (see `get-media`).
 * 2. Add its name, and the API of its data endpoint, to `../aws/operations`. Errors and the rights that they advise
 *    follow from that.
 * 3. Offer it in `service`, with its request and answer in `types`.
 * 4. Let the simulator answer it: `src/simulator/api/operation-tables`.
 *
 * Another service, such as DynamoDB, gets a folder of its own beside this one, on `AwsAccount` from `../aws`.
 */
export type {
  APIName,
  CallerIdentity,
  CredentialOrigin,
  CredentialSource,
  DataOperation,
  FailureDetails,
  ServiceOperation,
  Timeouts,
} from '../aws';
export {
  actionsOf,
  AWS_STATEMENTS,
  CredentialRegistry,
  isDataOperation,
  KinesisVideoError,
  redact,
  shownErrorType,
} from '../aws';
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
