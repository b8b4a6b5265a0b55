/**
 * Counts the failures of a session, asks `retry-policy.ts` how to react to each, and fixes what can be fixed before the
 * next call. Nothing else in a session retries.
 */
import type { Clock } from '../clock';
import type { MediaService } from '../kinesis-video';
import { ChunkAttempts } from './chunk-attempts';
import { errorRow, type ErrorClass } from './error-table';
import { report, type ErrorReport } from './error-report';
import type { Failure } from './failure';
import type { FragmentTracker } from './fragment-tracker';
import { repairCalls } from './call-repair';
import { idleWait, reactTo, reactToChunk, type Reaction } from './retry-policy';
import type { SessionOptions } from './types';

/**
 * The service takes no fragment of more than 50 MB, so what claims to be larger, tags and all, is damaged.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/limits.html
 */
const LARGEST_FRAGMENT_BYTES = 64 * 1024 * 1024;

const NO_FAILURES = { inRow: 0, sameClass: 0, errorClass: '' };

/**
 * Counts, since media last flowed, failed calls, broken and empty responses, and the attempts at a damaged or truncated
 * chunk. Fixes a moved endpoint, expired credentials, a clock that is off, and a position that is no longer known.
 */
export class RetryController {
  #failures = NO_FAILURES;
  /** Responses without new media in a row. */
  #emptyResponses = 0;
  readonly #attempts: ChunkAttempts;

  constructor(
    private readonly options: Pick<SessionOptions, 'stream' | 'keepTrying' | 'idleWaitMs'>,
    private readonly dependencies: { readonly service: MediaService; readonly clock: Clock },
    private readonly tracker: FragmentTracker,
  ) {
    this.#attempts = new ChunkAttempts(tracker.cursor);
  }

  /** Notes the beginning of a response. */
  responseBegins(): void {
    this.#attempts.responseBegins();
  }

  /** Notes new media: the next failure is a first one. */
  succeeded(): void {
    this.#failures = NO_FAILURES;
    this.#emptyResponses = 0;
  }

  /**
   * The service ended the response, as it does with every one some time.
   *
   * @returns ms until the next call, 0 where media was flowing
   */
  ended(hadNewMedia: boolean): number {
    this.#failures = NO_FAILURES;
    if (hadNewMedia) {
      return 0;
    }
    this.#emptyResponses += 1;
    const usualMs = idleWait(this.#emptyResponses, () => this.dependencies.clock.random());
    return this.options.idleWaitMs?.(usualMs) ?? usualMs;
  }

  /**
   * What is damaged is fetched again first, since it may hide a chunk; where it stays so, it is what the service has.
   *
   * @param FragmentNumber undefined where the damage hides it
   */
  damaged(FragmentNumber: string | undefined): 'refetch' | 'skip' {
    return reactToChunk(this.#attempts.damaged(FragmentNumber));
  }

  /** Counts a truncated chunk. Parameters: see `ChunkAttempts.truncated`. */
  truncated(FragmentNumber: string | undefined, bytes: number, isFollowed: boolean): 'refetch' | 'skip' {
    return reactToChunk(this.#attempts.truncated(FragmentNumber, bytes, isFollowed));
  }

  /** A chunk is larger than it may be, or says so. @param bytes it has, as far as is known */
  tooLarge(FragmentNumber: string | undefined, bytes: number): 'refetch' | 'skip' {
    const isDamaged = bytes > LARGEST_FRAGMENT_BYTES || FragmentNumber === undefined;
    return isDamaged ? this.damaged(FragmentNumber) : 'skip';
  }

  /** Whether damage may be skipped; the first time, it is always fetched again. */
  get maySkip(): boolean {
    return this.#attempts.isAny;
  }

  /** A call failed, or a response broke. */
  failed(failure: Failure): { readonly reaction: Reaction; readonly error: ErrorReport } {
    const { clock, service } = this.dependencies;
    // Against the clock as it was used: one that has been corrected is off again once someone sets the machine's right.
    const clockSkewMs =
      failure.serverTime === undefined
        ? undefined
        : failure.serverTime - (clock.now() + service.clockOffsetMs);
    const { isFromStream } = this.tracker.cursor;
    const row = errorRow({ ...failure, clockSkewMs, usedPosition: isFromStream });
    // Where the position is the configured one there is nothing to fall back to: the setting itself is wrong.
    const errorClass = row.class === 'position' && !isFromStream ? 'configuration' : row.class;
    this.#count(errorClass);
    if (errorClass === 'position') {
      this.tracker.fallBack();
    } else {
      repairCalls(service, this.options.stream, errorClass, failure);
    }
    const reaction = reactTo(errorClass, this.#failures, this.options.keepTrying, () => clock.random());
    return {
      reaction,
      error: report(failure, { ...row, class: errorClass }, reaction, this.#failures.inRow),
    };
  }

  #count(errorClass: ErrorClass): void {
    const { inRow, sameClass, errorClass: last } = this.#failures;
    this.#failures = {
      inRow: inRow + 1,
      sameClass: last === errorClass ? sameClass + 1 : 1,
      errorClass,
    };
  }
}
