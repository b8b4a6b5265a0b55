/**
 * What calls to AWS need, whichever service they go to: credentials, signatures, endpoints by stream and API, errors
 * with ErrorType, RequestId and statusCode, redaction, and a clock that follows the service's. Knows no operation's
 * request and no service's client (`kinesis-video`), never retries (`session` and `archive` do), and loads the SDK only when a call
 * is made. `aws-account.ts` puts it all together.
 */
export { withDeadline } from './abort';
export type { AccountOptions, Timeouts } from './aws-account';
export { AwsAccount } from './aws-account';
export { answerTooLarge, foreignAnswer, networkCodeOf, unfold, withoutSecrets } from './unanswered-call';
export { networkError } from './network-failure';
export type { CallerIdentity } from './caller-identity';
export { stsEndpoint, taggingEndpoint } from './service-endpoint';
export type { CredentialOrigin } from './credential-origin';
export { CredentialRegistry } from './credential-registry';
export type { CredentialSource } from './credential-types';
export { EndpointCache } from './endpoint-cache';
export { AWS_STATEMENTS, awsStatement } from './aws-statements';
export { checkDataEndpoint } from './endpoint-check';
export {
  callStatement,
  describeCall,
  errorFromResponse,
  requestIdOf,
  serverTimeOf,
  shownErrorType,
} from './error-response';
export type { FailureDetails } from './errors';
export { KinesisVideoError } from './errors';
export type { APIName, DataOperation, ServiceOperation, TableOperation } from './operations';
export { actionsOf, DATA_OPERATIONS, isDataOperation } from './operations';
export { reasonOf, redact } from './redact';
