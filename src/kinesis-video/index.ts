/**
 * The operations of Kinesis Video Streams, one file each, and `KinesisVideoService`, which offers them for one account
 * in one region. Never retries (`session` does, and `retryCalls` of `archive`) and knows nothing about what is in the
 * media (`matroska`).
 *
 * There are two kinds of calls. A data call goes to the data endpoint of a stream, which depends on the API and comes
 * from GetDataEndpoint. A control call goes to the endpoint of the region.
 *
 * To add a call:
 * 1. Add its name to `../aws/operations.ts`: a data call with the API of its endpoint to `DATA_OPERATIONS`, a control
 *    call to `CONTROL_OPERATIONS`. The IAM action and the advice about missing rights follow from the name.
 * 2. Write its file here and run it through `account.call`, which signs, redacts and names errors. A data call with the
 *    SDK follows `get-images.ts` (client: `archived-client.ts`), one that answers with media follows `get-media.ts`
 *    (`openMedia`), and a control call follows `list-streams.ts`, or `list-tags-for-stream.ts` where it is about one
 *    stream (client: `control-client.ts`). There is no model yet for a call that sends media.
 * 3. Offer it in `kinesis-video-service.ts`, with its request and answer in `types.ts`.
 * 4. Test it: a data call with the SDK in the tables `CALLS` and `API_NAMES` of `test/kinesis-video/archived-media.test.ts`,
 *    another in the table `calls` of `test/kinesis-video/calls.test.ts`, which run each call through the failures that
 *    all have; in a `describe` of its own beside them, or in `list-calls.test.ts`, what it asks and how it reads the answer.
 *
 * To let the simulator answer it: its file in `../simulator/api/`, its path in `operation-tables.ts` there, which does
 * not compile before its name is in `../simulator/faults/fault.ts`, and its line in `docs/simulator/README.md`. What a
 * user notices (the node that makes the call, the rights in `docs/guide/stored-media.md`, `CHANGELOG.md`) belongs to
 * that node. Where kvs-archive makes it, its `rights-check.ts` lists it for each output that needs it. Calls of
 * `ArchiveService`, which the archive itself makes, go through `RequestProgress.observe`, so that the status shows that
 * they fail; any other is made in `request-run.ts`, with `RequestProgress.note` around it and `retryCalls` around both.
 *
 * Another service, such as DynamoDB, gets its own folder beside this one, on `AwsAccount` from `../aws`.
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
  answerTooLarge,
  AWS_STATEMENTS,
  CredentialRegistry,
  isDataOperation,
  KinesisVideoError,
  networkError,
  reasonOf,
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
export type { KinesisVideoServiceOptions } from './kinesis-video-service';
export { KinesisVideoService } from './kinesis-video-service';
export type * from './types';
