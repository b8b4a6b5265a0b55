/** Decides when a bounded session has all that it was to read. Told what comes and what time it is; asks no clock. */
import type { ChunkHead } from '../matroska';
import type { Until } from '../options';
import { compareFragmentNumbers } from './fragment-number';

/** Why a bounded session is complete: a bound is reached, or the stream fell silent. */
export type EndReason = 'until' | 'silent';

/** What a bounded session has read, when it is complete. */
export interface SessionEnd {
  readonly reason: EndReason;
  /** Chunks that were sent. */
  readonly chunks: number;
  /** The last chunk that is done with; absent where there was none. */
  readonly FragmentNumber?: string;
}

/** A bound in time is also reached when the service has had no media for so long, and its time is so far past it. */
const QUIET_AFTER_BOUND_MS = 10_000;

/** A bound that is reached by time alone: when, unless media come. */
export interface QuietBound {
  readonly reason: EndReason;
  /** 0: now. */
  readonly inMs: number;
}

type BeginningChunk = Pick<ChunkHead, 'FragmentNumber' | 'ServerTimestamp' | 'ProducerTimestamp'>;

export class UntilWatch {
  #chunks = 0;
  #mediaMs = 0;
  #last: string | undefined;
  #mediaAt: number;

  /**
   * @param byServerTime whether `until.at` is by the service's clock; else it is by the producer's
   * @param now a reading of `Clock.monotonic`, as for `begins` and `quiet`
   */
  constructor(
    private readonly until: Until,
    private readonly byServerTime: boolean,
    now: number,
  ) {
    this.#mediaAt = now;
  }

  end(reason: EndReason): SessionEnd {
    return {
      reason,
      chunks: this.#chunks,
      ...(this.#last === undefined ? {} : { FragmentNumber: this.#last }),
    };
  }

  /** A new chunk begins to arrive. Says whether it comes after all that is wanted. */
  begins({ FragmentNumber, ServerTimestamp, ProducerTimestamp }: BeginningChunk, now: number): boolean {
    this.#mediaAt = now;
    const { at, FragmentNumber: last } = this.until;
    const [first, second] = this.byServerTime
      ? [ServerTimestamp, ProducerTimestamp]
      : [ProducerTimestamp, ServerTimestamp];
    const begin = first ?? second;
    return (
      (at !== undefined && begin !== undefined && begin >= at) ||
      (last !== undefined && FragmentNumber !== undefined && compareFragmentNumbers(FragmentNumber, last) > 0)
    );
  }

  /** A chunk was sent or, where no length is known, skipped. Says whether that is the last one. */
  passed(FragmentNumber: string, lengthMs?: number): boolean {
    const { chunks, mediaMs, FragmentNumber: last } = this.until;
    this.#last = FragmentNumber;
    if (lengthMs !== undefined) {
      this.#chunks += 1;
      this.#mediaMs += lengthMs;
    }
    return (
      (chunks !== undefined && this.#chunks >= chunks) ||
      (mediaMs !== undefined && this.#mediaMs >= mediaMs) ||
      (last !== undefined && compareFragmentNumbers(FragmentNumber, last) >= 0)
    );
  }

  /**
   * The service has answered and has no further media: when that alone reaches a bound. Only its own answer counts, since
   * a service that cannot be reached may well have media.
   *
   * @param serviceTime ms since the epoch
   */
  quiet(now: number, serviceTime: number): QuietBound | undefined {
    const quietMs = now - this.#mediaAt;
    const { at, silentMs } = this.until;
    const bounds: QuietBound[] = [];
    if (at !== undefined) {
      const inMs = Math.max(QUIET_AFTER_BOUND_MS - quietMs, at + QUIET_AFTER_BOUND_MS - serviceTime, 0);
      bounds.push({ reason: 'until', inMs });
    }
    if (silentMs !== undefined) {
      bounds.push({ reason: 'silent', inMs: Math.max(0, silentMs - quietMs) });
    }
    return bounds.sort((a, b) => a.inMs - b.inMs)[0];
  }
}
