import { KinesisVideoError, redact, shownErrorType, type MediaResponse } from '../kinesis-video';
import { printable } from '../printable';
import type { ElementPlace, InBandError } from '../matroska';
import { IN_BAND_TABLE } from './error-table';
import type { Gap } from './gaps';

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
  /** What is missing, of a `FragmentGap`. */
  readonly gap?: Gap | undefined;
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

/** No description of the service is nearly as long; a value without end must not fill the log. */
const LONGEST_DESCRIPTION = 2_000;

/** `ErrorType` is named by the id, since `AWS_KINESISVIDEO_ERROR_CODE` is a description: a word or a sentence. */
export function failureInBand(
  error: InBandError,
  response: Pick<MediaResponse, 'RequestId' | 'redact'>,
  StreamName: string,
): Failure {
  const { ErrorId, ErrorMessage } = error;
  const row = ErrorId === undefined ? undefined : IN_BAND_TABLE[ErrorId];
  const id = ErrorId === undefined ? '' : String(ErrorId);
  const code = error.ErrorCode?.trim() ?? '';
  const safe = response.redact ?? redact;
  const named = shownErrorType(code) === code && safe(code) === code ? code : '';
  const words = [code, ErrorMessage ?? ''].map((text) => describe(text, safe));
  const descriptions = words.filter((text) => text !== '');
  const reasons = [...(row === undefined ? [] : [row.meaning]), ...descriptions];
  return {
    ErrorType: row?.ErrorType ?? (named === '' ? `InBandError${id}` : named),
    RequestId: response.RequestId,
    statusCode: 200,
    operation: 'GetMedia',
    ErrorId,
    what: `The service reported error${id === '' ? '' : ` ${id}`} within the media of stream "${StreamName}": ${sentence(reasons.length === 0 ? 'it gave no reason' : reasons.join(': '))}`,
    FragmentNumber: error.FragmentNumber,
  };
}

/** The service's words, whole, on one line and without what must not be shown. */
function describe(text: string, safe: (text: string) => string): string {
  return printable(
    safe(text.slice(0, 2 * LONGEST_DESCRIPTION).replace(/\s+/g, ' ')).trim(),
    LONGEST_DESCRIPTION,
  );
}

function operationOf(operation: KinesisVideoError['operation']): Operation {
  return operation === 'ListStreams' ? 'GetDataEndpoint' : operation;
}

function sentence(text: string): string {
  return text.trim().replace(/[.\s]+$/, '');
}
