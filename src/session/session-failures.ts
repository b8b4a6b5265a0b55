/**
 * Makes the failures of a session, one method for each kind. Whoever shows a failure makes sentences of its
 * `statements`, in the reader's language; the English `message` is a short technical text that these sentences replace.
 */
import { KinesisVideoError, reasonOf, redact, shownErrorType, type MediaResponse } from '../kinesis-video';
import type { ChunkTooLargeError, InBandError, MalformedMediaError } from '../matroska';
import { printable } from '../printable';
import type { Statement } from '../statement';
import { IN_BAND_TABLE } from './error-table';
import type { Failure } from './failure';
import type { JudgedGap } from './gaps';
import { MAX_CHUNK_ATTEMPTS } from './retry-policy';
import { sessionStatement } from './session-statements';

/** No description of the service is nearly as long; a value without end must not fill the log. */
const LONGEST_DESCRIPTION = 2_000;

/** What can go wrong with one stream: its calls, its media, and their way through the flow. */
export class SessionFailures {
  constructor(private readonly StreamName: string) {}

  /** A failed call or a broken response. Whatever is not the service's own error is unforeseen, and said to be. */
  call(error: unknown): Failure {
    if (error instanceof KinesisVideoError) {
      return {
        ErrorType: error.ErrorType,
        RequestId: error.RequestId,
        statusCode: error.statusCode,
        operation: error.operation,
        ErrorId: error.ErrorId,
        code: error.networkCode,
        message: error.message,
        statements: error.statements,
        serverTime: error.serverTime,
      };
    }
    const reason = reasonOf(error);
    const { StreamName } = this;
    return this.#failure('UnexpectedError', `unexpected error: ${reason}`, [
      sessionStatement('problem.unexpected', { StreamName, reason }),
    ]);
  }

  /** `ErrorType` is named by the id, since `AWS_KINESISVIDEO_ERROR_CODE` is a description: a word or a sentence. */
  inBand(error: InBandError, response: Pick<MediaResponse, 'RequestId' | 'redact'>): Failure {
    const { StreamName } = this;
    const { ErrorId, ErrorMessage } = error;
    const row = ErrorId === undefined ? undefined : IN_BAND_TABLE[ErrorId];
    const code = error.ErrorCode?.trim() ?? '';
    const safe = response.redact ?? redact;
    const named = shownErrorType(code) === code && safe(code) === code ? code : '';
    const words = [code, ErrorMessage ?? ''].map((text) => describe(text, safe));
    const said = words
      .filter((text) => text !== '')
      .join(': ')
      .replace(/[.\s]+$/, '');
    const ErrorType = row?.ErrorType ?? (named === '' ? `InBandError${ErrorId ?? ''}` : named);
    return {
      ErrorType,
      RequestId: response.RequestId,
      statusCode: 200,
      operation: 'GetMedia',
      ErrorId,
      message: `stream "${StreamName}": in-band error ${ErrorId ?? ErrorType}: ${said}`,
      statements: [
        ErrorId === undefined
          ? sessionStatement('problem.inBandWithoutId', { StreamName })
          : sessionStatement('problem.inBand', { StreamName, ErrorId }),
        ...(row === undefined ? [] : [sessionStatement(`meaning.${row.meaning}`, {})]),
        ...(said === '' ? [] : [sessionStatement('meaning.said', { said })]),
        ...(row === undefined && said === '' ? [sessionStatement('meaning.noReason', {})] : []),
      ],
      FragmentNumber: error.FragmentNumber,
    };
  }

  stalled(silentMs: number, RequestId: string | null): Failure {
    const { StreamName } = this;
    return this.#failure(
      'StalledStream',
      `no data for ${silentMs} ms`,
      [sessionStatement('problem.stalled', { StreamName, silentMs })],
      { RequestId },
    );
  }

  truncated(RequestId: string | null, FragmentNumber: string): Failure {
    const { StreamName } = this;
    const attempts = MAX_CHUNK_ATTEMPTS;
    return this.#failure(
      'TruncatedChunk',
      `chunk ${FragmentNumber} was truncated in ${attempts} attempts`,
      [sessionStatement('problem.truncated', { StreamName, FragmentNumber, attempts })],
      { RequestId, FragmentNumber },
    );
  }

  malformed(RequestId: string | null, error: MalformedMediaError, FragmentNumber?: string): Failure {
    const { StreamName } = this;
    return this.#failure(
      'MalformedMedia',
      `malformed media: ${error.message}`,
      [sessionStatement('problem.malformed', { StreamName, detail: error.statement })],
      { RequestId, FragmentNumber, place: error },
    );
  }

  withoutNumber(RequestId: string | null): Failure {
    const { StreamName } = this;
    return this.#failure(
      'MalformedMedia',
      'chunk without a fragment number',
      [sessionStatement('problem.numberless', { StreamName })],
      { RequestId },
    );
  }

  tooLarge(RequestId: string | null, error: ChunkTooLargeError, FragmentNumber?: string): Failure {
    const { StreamName } = this;
    const { sizeInBytes, maxChunkBytes } = error;
    return this.#failure(
      'ChunkTooLarge',
      error.message,
      [sessionStatement('problem.tooLarge', { StreamName, sizeInBytes, maxChunkBytes })],
      { RequestId, FragmentNumber, place: error },
    );
  }

  /** @param names of the tags, with their sizes */
  tagsLeftOut(names: string, RequestId: string | null, FragmentNumber?: string): Failure {
    const { StreamName } = this;
    return this.#failure(
      'TagTooLarge',
      `tags too large and left out: ${names}`,
      [sessionStatement('problem.tagsLeftOut', { StreamName, names })],
      { RequestId, FragmentNumber },
    );
  }

  gap(RequestId: string | null, { isGuess, ...gap }: JudgedGap, FragmentNumber: string): Failure {
    const { StreamName } = this;
    const { AfterFragmentNumber, from, to, durationMs } = gap;
    const between = { StreamName, FragmentNumber, AfterFragmentNumber: AfterFragmentNumber ?? '' };
    const what =
      AfterFragmentNumber === undefined
        ? sessionStatement(isGuess ? 'problem.possibleGapBefore' : 'problem.gapBefore', {
            StreamName,
            FragmentNumber,
          })
        : sessionStatement(isGuess ? 'problem.possibleGap' : 'problem.gap', between);
    const hasTime = from !== undefined && to !== undefined && durationMs !== undefined;
    return this.#failure(
      'FragmentGap',
      `${isGuess ? 'possible gap' : 'gap'} before chunk ${FragmentNumber}`,
      [what, ...(hasTime ? [sessionStatement('problem.gapTime', { durationMs, from, to })] : [])],
      { RequestId, FragmentNumber, gap },
    );
  }

  lateAcknowledgement(FragmentNumber: string, waitedMs: number): Failure {
    const { StreamName } = this;
    return this.#failure(
      'AckTimeout',
      `chunk ${FragmentNumber} not acknowledged for ${waitedMs} ms`,
      [sessionStatement('problem.ackTimeout', { StreamName, FragmentNumber, waitedMs })],
      { FragmentNumber, operation: 'Input' },
    );
  }

  silent(silentMs: number): Failure {
    const { StreamName } = this;
    return this.#failure('StreamSilent', `no media for ${silentMs} ms`, [
      sessionStatement('problem.silent', { StreamName, silentMs }),
    ]);
  }

  resumed(silentMs: number): Failure {
    const { StreamName } = this;
    return this.#failure('StreamSilent', `media again after ${silentMs} ms`, [
      sessionStatement('problem.resumed', { StreamName, silentMs }),
    ]);
  }

  #failure(
    ErrorType: string,
    message: string,
    statements: readonly Statement[],
    details: Partial<Pick<Failure, 'RequestId' | 'FragmentNumber' | 'place' | 'gap' | 'operation'>> = {},
  ): Failure {
    return {
      ErrorType,
      RequestId: null,
      statusCode: null,
      operation: 'GetMedia',
      message: `stream "${this.StreamName}": ${message}`,
      statements,
      ...details,
    };
  }
}

/** The service's words, whole, on one line and without what must not be shown. */
function describe(text: string, safe: (text: string) => string): string {
  const line = safe(text.slice(0, 2 * LONGEST_DESCRIPTION).replace(/\s+/g, ' ')).trim();
  return printable(line, LONGEST_DESCRIPTION);
}

/** A failed call about a stream that no session reads. */
export function callFailure(StreamName: string, error: unknown): Failure {
  return new SessionFailures(StreamName).call(error);
}
