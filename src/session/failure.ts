import { KinesisVideoError, shownErrorType } from '../kinesis-video';
import type { ElementPlace, InBandError } from '../matroska';
import { IN_BAND_TABLE } from './error-table';

export type Operation = 'GetDataEndpoint' | 'GetMedia' | 'Credentials' | 'Input' | 'Checkpoint';

/** Something that went wrong, from wherever it came, in the terms of an error message. */
export interface Failure {
  readonly ErrorType: string;
  readonly RequestId: string | null;
  readonly statusCode: number | null;
  readonly operation: Operation;
  readonly ErrorId?: number | undefined;
  /** The network's own name of a `NetworkError`, such as ECONNRESET. */
  readonly code?: string | undefined;
  /** One sentence that says what happened, without its full stop. */
  readonly what: string;
  readonly FragmentNumber?: string | undefined;
  /** Where in the response the media are wrong. */
  readonly place?: ElementPlace | undefined;
  /** The service's clock at the failure, ms since the epoch. */
  readonly serverTime?: number | undefined;
}

/** A failed call or a broken response. Anything else than the service's own error is unforeseen, and said so. */
export function failureOfCall(error: unknown, StreamName: string): Failure {
  if (error instanceof KinesisVideoError) {
    return {
      ErrorType: error.ErrorType,
      RequestId: error.RequestId,
      statusCode: error.statusCode,
      operation: operationOf(error.operation),
      ErrorId: error.ErrorId,
      code: error.networkCode,
      what: sentence(error.message),
      serverTime: error.serverTime,
    };
  }
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : 'a value that is not an error was thrown';
  return {
    ErrorType: name,
    RequestId: null,
    statusCode: null,
    operation: 'GetMedia',
    what: `Reading stream "${StreamName}" failed unexpectedly: ${sentence(message)}`,
  };
}

export function failureInBand(error: InBandError, RequestId: string | null, StreamName: string): Failure {
  const meaning = error.ErrorId === undefined ? undefined : IN_BAND_TABLE[error.ErrorId]?.meaning;
  const id = error.ErrorId === undefined ? '' : ` ${String(error.ErrorId)}`;
  const code = shownErrorType(error.ErrorCode ?? '');
  return {
    ErrorType: code === '' ? `InBandError${id.trim()}` : code,
    RequestId,
    statusCode: 200,
    operation: 'GetMedia',
    ErrorId: error.ErrorId,
    what: `The service reported error${id} within the media of stream "${StreamName}": ${meaning ?? (code === '' ? 'it gave no reason' : code)}`,
    FragmentNumber: error.FragmentNumber,
  };
}

/** Something that this package itself found wrong with the media or with their way through the flow. */
export function failureOfMedia(
  ErrorType:
    | 'StalledStream'
    | 'TruncatedChunk'
    | 'MalformedMedia'
    | 'ChunkTooLarge'
    | 'TagTooLarge'
    | 'FragmentGap'
    | 'AckTimeout',
  what: string,
  RequestId: string | null,
  FragmentNumber?: string,
  place?: ElementPlace,
): Failure {
  return { ErrorType, RequestId, statusCode: null, operation: 'GetMedia', what, FragmentNumber, place };
}

function operationOf(operation: KinesisVideoError['operation']): Operation {
  return operation === 'ListStreams' || operation === 'DescribeStream' ? 'GetDataEndpoint' : operation;
}

function sentence(text: string): string {
  return text.trim().replace(/[.\s]+$/, '');
}
