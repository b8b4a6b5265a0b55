/** Looks for streams again and again. */
import type { Clock } from '../clock';
import { KinesisVideoError, type MediaService } from '../kinesis-video';
import type { StreamRef, StreamSelection } from '../options';
import { callFailure, errorRow, reactTo, repairCalls, report, type ErrorReport } from '../session';
import { findStreams } from './find-streams';
import type { DiscoveryService } from './discovery-service';
import { TagCache } from './tag-cache';

export interface DiscoveryOptions {
  readonly selection: StreamSelection;
  /** Between two searches. */
  readonly everyMs: number;
}

export interface DiscoveryDependencies {
  readonly service: DiscoveryService & MediaService;
  readonly clock: Clock;
}

export interface DiscoveryEvents {
  /** A search is complete: these are all streams that are selected now. */
  listed(streams: readonly StreamRef[]): void;
  /** A search failed. Nothing is known to have come or gone. */
  error(error: ErrorReport): void;
}

const NO_FAILURES = { inRow: 0, sameClass: 0, errorClass: '' };

/**
 * Searches at once, then at intervals, one search at a time. A search that fails part of the way counts for nothing, and
 * is repeated by the rules that sessions have for their calls.
 */
export class Discovery {
  readonly #tags: TagCache;
  #failures = NO_FAILURES;
  #underWay: AbortController | undefined;
  /** Asked for during a search. */
  #isWantedAgain = false;
  #cancelNext: (() => void) | undefined;

  constructor(
    private readonly options: DiscoveryOptions,
    private readonly dependencies: DiscoveryDependencies,
    private readonly events: DiscoveryEvents,
  ) {
    this.#tags = new TagCache(dependencies.clock);
  }

  /** Searches now, or again as soon as the search under way is over. */
  search(): void {
    if (this.#underWay === undefined) {
      void this.#search();
    } else {
      this.#isWantedAgain = true;
    }
  }

  /** Ends the search under way too, of which nothing is reported any more. */
  stop(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    this.#isWantedAgain = false;
    this.#underWay?.abort(new Error('The search was ended.'));
    this.#underWay = undefined;
  }

  async #search(): Promise<void> {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    const { service } = this.dependencies;
    const search = new AbortController();
    this.#underWay = search;
    let nextInMs = this.options.everyMs;
    try {
      const found = await findStreams(service, this.options.selection, this.#tags, search.signal);
      if (this.#underWay !== search) {
        return;
      }
      this.#failures = NO_FAILURES;
      this.events.listed(found);
    } catch (error) {
      if (this.#underWay !== search) {
        return;
      }
      nextInMs = this.#failed(error);
    }
    if (this.#isUnderWay(search)) {
      this.#underWay = undefined;
      this.#next(nextInMs);
    }
  }

  /** `listed` and `error` may stop it. */
  #isUnderWay(search: AbortController): boolean {
    return this.#underWay === search;
  }

  #next(inMs: number): void {
    const waitMs = this.#isWantedAgain ? 0 : inMs;
    this.#isWantedAgain = false;
    this.#cancelNext = this.dependencies.clock.after(waitMs, () => {
      void this.#search();
    });
  }

  /** @returns ms until the next search */
  #failed(error: unknown): number {
    const { service, clock } = this.dependencies;
    const failure = callFailure('', error);
    const { serverTime } = error instanceof KinesisVideoError ? error : {};
    const clockSkewMs =
      serverTime === undefined ? undefined : serverTime - (clock.now() + service.clockOffsetMs);
    const row = errorRow({ ...failure, clockSkewMs });
    const sameClass = this.#failures.errorClass === row.class ? this.#failures.sameClass + 1 : 1;
    this.#failures = { inRow: this.#failures.inRow + 1, sameClass, errorClass: row.class };
    repairCalls(service, { StreamName: '' }, row.class, failure);
    const reaction = reactTo(row.class, this.#failures, true, () => clock.random());
    const retryInMs = reaction.action === 'retry' ? reaction.retryInMs : this.options.everyMs;
    this.events.error(report(failure, row, { action: 'retry', retryInMs }, this.#failures.inRow));
    return retryInMs;
  }
}
