/** The error that every failed call to AWS rejects with. */
import type { Statement } from '../statement';
import type { ServiceOperation } from './operations';
import { awsStatement } from './aws-statements';

/** What is known about a failed call. Absent members were not in the answer, or there was no answer. */
export interface FailureDetails {
  readonly ErrorType: string;
  readonly operation: ServiceOperation;
  readonly RequestId?: string | null | undefined;
  readonly statusCode?: number | null | undefined;
  readonly ErrorId?: number | undefined;
  readonly networkCode?: string | undefined;
  readonly serverTime?: number | undefined;
  readonly cause?: Error | undefined;
  /** What happened, for whoever shows it in a person's language; the message itself where they are absent. */
  readonly statements?: readonly Statement[] | undefined;
}

/**
 * A call to the service that failed. `message` is one sentence about what happened, free of secrets; what to do
 * about it is not said here. Members are own properties, so that they survive a copy into a message.
 */
export class KinesisVideoError extends Error {
  override readonly name = 'KinesisVideoError';
  /** The same as `ErrorType`, under the name by which Node.js tells errors apart. */
  readonly code: string;
  /**
   * The service's own error type without its decoration, the name of an SDK error, or one of `NetworkError`,
   * `MissingCredentials`, `CredentialsUnavailable`, `MalformedCredentials`, `InvalidEndpoint`, `AnswerTooLarge`,
   * `UnknownError`.
   */
  readonly ErrorType: string;
  /** `x-amzn-RequestId` of the response at fault; null where there was none. */
  readonly RequestId: string | null;
  /** HTTP status of the response at fault; null where there was none. */
  readonly statusCode: number | null;
  readonly operation: ServiceOperation;
  /** AWS_KINESISVIDEO_ERROR_ID of an error inside the media. */
  declare readonly ErrorId?: number;
  /** What Node.js calls a network failure, such as `ECONNREFUSED`. Only with `NetworkError`. */
  declare readonly networkCode?: string;
  readonly #statements: readonly Statement[];
  /** The service's clock when it answered (its `Date` header), ms since the epoch. */
  declare readonly serverTime?: number;

  constructor(message: string, details: FailureDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.ErrorType;
    this.ErrorType = details.ErrorType;
    this.RequestId = details.RequestId ?? null;
    this.statusCode = details.statusCode ?? null;
    this.operation = details.operation;
    this.#statements = details.statements ?? [awsStatement('call.raw', { message })];
    if (details.ErrorId !== undefined) {
      this.ErrorId = details.ErrorId;
    }
    if (details.networkCode !== undefined) {
      this.networkCode = details.networkCode;
    }
    if (details.serverTime !== undefined) {
      this.serverTime = details.serverTime;
    }
  }

  /** What happened, for whoever shows it in a person's language. */
  get statements(): readonly Statement[] {
    return this.#statements;
  }
}
