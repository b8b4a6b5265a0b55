/** Rates of a stream, for the status: of the media themselves, however they arrive. */
import type { Session } from '../../src/session';

/** What a session counts. */
export type RateCounters = Session['counters'];

/** What has been read of late. */
export interface Rates {
  /** Bits per second of the media's time; undefined before the first whole chunk. */
  readonly bitsPerSecond: number | undefined;
  /** Video frames per second of the media's time; undefined before the first whole chunk. */
  readonly framesPerSecond: number | undefined;
  readonly MillisBehindNow: number | undefined;
  /** Media far behind live are read faster than they were made. */
  readonly isCatchingUp: boolean;
  /** ms since the last byte; undefined before the first one. */
  readonly silentMs: number | undefined;
}

interface Sample {
  readonly time: number;
  readonly bytes: number;
  readonly videoFrames: number;
  readonly lengthMs: number;
}

/** Chunks are of uneven length and size, so a window of several is needed for a steady figure. */
const WINDOW_MS = 10_000;
/** A reader this far behind live is not live. */
const BEHIND_MS = 10_000;
/** Reading so much faster than the media were made is catching up. */
const FASTER = 1.2;

/** Turns a session's running totals into rates over the last chunks. */
export class RateMeter {
  #counters: RateCounters | undefined;
  /** One for each time at which there were new chunks, and the beginning. */
  #samples: Sample[] = [];
  #bytes = 0;
  #lastBytesAt: number | undefined;

  /** A new session's totals, beginning now. */
  restart(counters: RateCounters, now: number): void {
    this.#counters = counters;
    this.#samples = [sampleOf(counters, now)];
    this.#bytes = counters.bytes;
    this.#lastBytesAt = undefined;
  }

  /** Takes a sample; to be called about once a second. */
  rates(now: number): Rates {
    const counters = this.#counters;
    if (counters !== undefined && counters.bytes !== this.#bytes) {
      this.#bytes = counters.bytes;
      this.#lastBytesAt = now;
    }
    if (counters !== undefined && counters.media.lengthMs !== this.#samples.at(-1)?.lengthMs) {
      this.#samples.push(sampleOf(counters, now));
      this.#shorten();
    }
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const mediaMs = (last?.lengthMs ?? 0) - (first?.lengthMs ?? 0);
    const perSecond = (name: 'bytes' | 'videoFrames'): number | undefined =>
      first === undefined || last === undefined || mediaMs <= 0
        ? undefined
        : ((last[name] - first[name]) / mediaMs) * 1_000;
    const bytesPerSecond = perSecond('bytes');
    const MillisBehindNow = counters?.MillisBehindNow;
    return {
      bitsPerSecond: bytesPerSecond === undefined ? undefined : bytesPerSecond * 8,
      framesPerSecond: perSecond('videoFrames'),
      MillisBehindNow,
      isCatchingUp:
        (MillisBehindNow ?? 0) > BEHIND_MS && mediaMs > FASTER * Math.max(1, now - (first?.time ?? now)),
      silentMs: this.#lastBytesAt === undefined ? undefined : now - this.#lastBytesAt,
    };
  }

  /** Drops what is not needed for a window: the oldest samples, as long as enough media are left. */
  #shorten(): void {
    const newest = this.#samples.at(-1)?.lengthMs ?? 0;
    const first = this.#samples.findLastIndex(({ lengthMs }) => newest - lengthMs >= WINDOW_MS);
    if (first > 0) {
      this.#samples.splice(0, first);
    }
  }
}

function sampleOf({ media }: RateCounters, time: number): Sample {
  const { bytes, videoFrames, lengthMs } = media;
  return { time, bytes, videoFrames, lengthMs };
}
