/** Makes the failures of a session, one constructor for each problem: the only place that words what happened. */
import { KinesisVideoError, redact, shownErrorType, type MediaResponse } from '../kinesis-video';
import type { ElementPlace, InBandError } from '../matroska';
import { printable } from '../printable';
import { duration } from './error-report';
import { IN_BAND_TABLE } from './error-table';
import type { Failure } from './failure';
import type { Gap, JudgedGap } from './gaps';
import { MAX_CHUNK_ATTEMPTS } from './retry-policy';

type MediaErrorType =
  | 'StalledStream'
  | 'TruncatedChunk'
  | 'MalformedMedia'
  | 'ChunkTooLarge'
  | 'TagTooLarge'
  | 'FragmentGap'
  | 'StreamSilent'
  | 'AckTimeout';

type Details = Pick<Failure, 'FragmentNumber' | 'place' | 'gap'>;

/** No description of the service is nearly as long; a value without end must not fill the log. */
const LONGEST_DESCRIPTION = 2_000;

/** What can go wrong with one stream: its calls, its media, and their way through the flow. */
export class Problems {
  readonly #stream: string;

  constructor(private readonly StreamName: string) {
    this.#stream = `stream "${StreamName}"`;
  }

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
        what: sentence(error.message),
        serverTime: error.serverTime,
      };
    }
    const name = error instanceof Error ? error.name : 'Error';
    const message = error instanceof Error ? error.message : 'a value that is not an error was thrown';
    return failure(name, `Reading ${this.#stream} failed unexpectedly: ${sentence(message)}`, null);
  }

  /** `ErrorType` is named by the id, since `AWS_KINESISVIDEO_ERROR_CODE` is a description: a word or a sentence. */
  inBand(error: InBandError, response: Pick<MediaResponse, 'RequestId' | 'redact'>): Failure {
    const { ErrorId, ErrorMessage } = error;
    const row = ErrorId === undefined ? undefined : IN_BAND_TABLE[ErrorId];
    const id = ErrorId === undefined ? '' : String(ErrorId);
    const code = error.ErrorCode?.trim() ?? '';
    const safe = response.redact ?? redact;
    const named = shownErrorType(code) === code && safe(code) === code ? code : '';
    const words = [code, ErrorMessage ?? ''].map((text) => describe(text, safe));
    const descriptions = words.filter((text) => text !== '');
    const reasons = [...(row === undefined ? [] : [row.meaning]), ...descriptions];
    const reason = reasons.length === 0 ? 'it gave no reason' : reasons.join(': ');
    return {
      ErrorType: row?.ErrorType ?? (named === '' ? `InBandError${id}` : named),
      RequestId: response.RequestId,
      statusCode: 200,
      operation: 'GetMedia',
      ErrorId,
      what: `The service reported error${id === '' ? '' : ` ${id}`} within the media of ${this.#stream}: ${sentence(reason)}`,
      FragmentNumber: error.FragmentNumber,
    };
  }

  stalled(silentMs: number, RequestId: string | null): Failure {
    const what = `Stream "${this.StreamName}" is connected, but not a byte has come for ${duration(silentMs)}`;
    return media('StalledStream', what, RequestId);
  }

  truncated(RequestId: string | null, FragmentNumber: string): Failure {
    const what = `Chunk ${FragmentNumber} of ${this.#stream} has come cut ${MAX_CHUNK_ATTEMPTS} times at the same byte, or with the next chunk after it`;
    return media('TruncatedChunk', what, RequestId, { FragmentNumber });
  }

  malformed(RequestId: string | null, error: ElementPlace & Error, FragmentNumber?: string): Failure {
    const what = `What came from ${this.#stream} is not a chunk: ${error.message}`;
    return media('MalformedMedia', what, RequestId, { FragmentNumber, place: error });
  }

  numberless(RequestId: string | null): Failure {
    return media('MalformedMedia', `A chunk of ${this.#stream} has no fragment number`, RequestId);
  }

  tooLarge(RequestId: string | null, error: ElementPlace & Error, FragmentNumber?: string): Failure {
    const what = `A chunk of ${this.#stream} is too large: ${error.message}`;
    return media('ChunkTooLarge', what, RequestId, { FragmentNumber, place: error });
  }

  /** @param names of the tags, with their sizes */
  tagsLeftOut(names: string, RequestId: string | null, FragmentNumber?: string): Failure {
    const what = `Tags of ${this.#stream} are too large, or too many, and were left out of the message: ${names}`;
    return media('TagTooLarge', what, RequestId, { FragmentNumber });
  }

  gap(RequestId: string | null, { isGuess, ...gap }: JudgedGap, FragmentNumber: string): Failure {
    const { AfterFragmentNumber } = gap;
    const after = AfterFragmentNumber === undefined ? '' : ` after chunk ${AfterFragmentNumber}`;
    const time = missingTime(gap);
    const what = `${isGuess ? 'Media may be missing' : 'Media are missing'} from ${this.#stream}${time === '' ? '' : `: ${time},`}${after}; it continues at chunk ${FragmentNumber}`;
    return media('FragmentGap', what, RequestId, { FragmentNumber, gap });
  }

  lateAcknowledgement(FragmentNumber: string, waitedMs: number): Failure {
    const what = `Chunk ${FragmentNumber} of ${this.#stream} has not been acknowledged for ${duration(waitedMs)}; the checkpoint does not advance until it is`;
    return { ...media('AckTimeout', what, null, { FragmentNumber }), operation: 'Input' };
  }

  silent(silentMs: number): Failure {
    return media('StreamSilent', `Stream "${this.StreamName}" has had no media for ${duration(silentMs)}`);
  }

  resumed(silentMs: number): Failure {
    const what = `Stream "${this.StreamName}" has media again after ${duration(silentMs)} without`;
    return media('StreamSilent', what);
  }
}

function media(
  ErrorType: MediaErrorType,
  what: string,
  RequestId: string | null = null,
  details: Details = {},
): Failure {
  return failure(ErrorType, what, RequestId, details);
}

function failure(ErrorType: string, what: string, RequestId: string | null, details: Details = {}): Failure {
  return { ErrorType, RequestId, statusCode: null, operation: 'GetMedia', what, ...details };
}

/** `28 s, 03:54:20 to 03:54:48 UTC`; empty where it is not known. */
function missingTime({ from, to, durationMs }: Gap): string {
  if (from === undefined || to === undefined || durationMs === undefined) {
    return '';
  }
  const [first, last] = [from, to].map((time) => new Date(time).toISOString());
  if (first === undefined || last === undefined) {
    return '';
  }
  const isSameDay = first.slice(0, 10) === last.slice(0, 10);
  // Parts of a second only where they are all there is to see.
  const digits = durationMs < 1_000 ? 23 : 19;
  const shown = (time: string): string =>
    isSameDay ? time.slice(11, digits) : time.slice(0, digits).replace('T', ' ');
  return `${duration(durationMs)}, ${shown(first)} to ${shown(last)} UTC`;
}

/** The service's words, whole, on one line and without what must not be shown. */
function describe(text: string, safe: (text: string) => string): string {
  const line = safe(text.slice(0, 2 * LONGEST_DESCRIPTION).replace(/\s+/g, ' ')).trim();
  return printable(line, LONGEST_DESCRIPTION);
}

function sentence(text: string): string {
  return text.trim().replace(/[.\s]+$/, '');
}

/** A failed call about a stream that no session reads. */
export function callFailure(StreamName: string, error: unknown): Failure {
  return new Problems(StreamName).call(error);
}
