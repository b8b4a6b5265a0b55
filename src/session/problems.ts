import type { ElementPlace, LeftOutTag } from '../matroska';
import { printable } from '../printable';
import { TRIES } from './chunk-failures';
import { duration } from './error-report';
import type { Failure } from './failure';
import type { Gap, JudgedGap } from './gaps';

type MediaErrorType =
  | 'StalledStream'
  | 'TruncatedChunk'
  | 'MalformedMedia'
  | 'ChunkTooLarge'
  | 'TagTooLarge'
  | 'FragmentGap'
  | 'AckTimeout';

type Details = Pick<Failure, 'FragmentNumber' | 'place' | 'gap'>;

/** What this package itself finds wrong with one stream's media, or with their way through the flow. */
export class MediaFailures {
  readonly #stream: string;

  constructor(StreamName: string) {
    this.#stream = `stream "${StreamName}"`;
  }

  stalled(silentMs: number, RequestId: string | null): Failure {
    const what = `Stream${this.#stream.slice('stream'.length)} is connected, but not a byte has come for ${duration(silentMs)}`;
    return failure('StalledStream', what, RequestId);
  }

  truncated(RequestId: string | null, FragmentNumber: string): Failure {
    const what = `Chunk ${FragmentNumber} of ${this.#stream} has come cut ${TRIES} times at the same byte, or with the next chunk after it`;
    return failure('TruncatedChunk', what, RequestId, { FragmentNumber });
  }

  malformed(RequestId: string | null, error: ElementPlace & Error, FragmentNumber?: string): Failure {
    const what = `What came from ${this.#stream} is not a chunk: ${error.message}`;
    return failure('MalformedMedia', what, RequestId, { FragmentNumber, place: error });
  }

  numberless(RequestId: string | null): Failure {
    return failure('MalformedMedia', `A chunk of ${this.#stream} has no fragment number`, RequestId);
  }

  tooLarge(RequestId: string | null, error: ElementPlace & Error, FragmentNumber?: string): Failure {
    const what = `A chunk of ${this.#stream} is too large: ${error.message}`;
    return failure('ChunkTooLarge', what, RequestId, { FragmentNumber, place: error });
  }

  /** @param names of the tags, with their sizes */
  tagsLeftOut(names: string, RequestId: string | null, FragmentNumber?: string): Failure {
    const what = `Tags of ${this.#stream} are too large and were left out of the message: ${names}`;
    return failure('TagTooLarge', what, RequestId, { FragmentNumber });
  }

  gap(RequestId: string | null, { isGuess, ...gap }: JudgedGap, FragmentNumber: string): Failure {
    const { AfterFragmentNumber } = gap;
    const after = AfterFragmentNumber === undefined ? '' : ` after chunk ${AfterFragmentNumber}`;
    const time = missingTime(gap);
    const what = `${isGuess ? 'Media may be missing' : 'Media are missing'} from ${this.#stream}${time === '' ? '' : `: ${time},`}${after}; it continues at chunk ${FragmentNumber}`;
    return failure('FragmentGap', what, RequestId, { FragmentNumber, gap });
  }

  lateAcknowledgement(FragmentNumber: string, waitedMs: number): Failure {
    const what = `Chunk ${FragmentNumber} of ${this.#stream} has not been acknowledged for ${duration(waitedMs)}; the node keeps holding its place`;
    return { ...failure('AckTimeout', what, null, { FragmentNumber }), operation: 'Input' };
  }
}

function failure(
  ErrorType: MediaErrorType,
  what: string,
  RequestId: string | null,
  details: Details = {},
): Failure {
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

const MOST_TAGS_NAMED = 10;

/** The first tags of those that are too large, with their sizes, and how many more there are; empty where there is none. */
export function tagNames(tags: readonly LeftOutTag[]): string {
  const named = tags
    .slice(0, MOST_TAGS_NAMED)
    .map(({ name, sizeInBytes }) => `"${printable(name)}" (${sizeInBytes} bytes)`);
  const others = tags.length - named.length;
  return [...named, ...(others === 0 ? [] : [`${others} more`])].join(', ');
}
