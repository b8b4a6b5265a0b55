/** What a set of streams does, in figures. */
import type { StreamReader } from './stream-reader';

export interface SetStats {
  readonly streams: {
    /** Streams of the whole fleet. */
    readonly all: number;
    /** Read by this member. */
    readonly here: number;
    readonly silent: number;
    /** Names of those whose calls fail, or that an error has stopped. */
    readonly failing: readonly string[];
  };
  readonly members: number;
  /** As received, since the last figures. */
  readonly bitsPerSecond: number;
  /** How far behind the streams are that receive media now; absent where none does. */
  readonly MillisBehindNow?: { readonly median: number; readonly max: number };
  /** Connects after failures, since the start. */
  readonly reconnects: number;
}

/** Between two measurements of the rate, and until the first. */
const RATE_MS = 5_000;
const FIRST_RATE_MS = 1_000;

/** Counts over readers that come and go. */
export class SetTotals {
  /** Of those that have left. */
  #bytes = 0;
  #reconnects = 0;
  #last: { readonly at: number; readonly bytes: number; readonly bitsPerSecond: number };

  /** @param now a reading of `Clock.monotonic` */
  constructor(now: number) {
    this.#last = { at: now, bytes: 0, bitsPerSecond: 0 };
  }

  left(reader: StreamReader): void {
    this.#bytes += reader.counters.bytes;
    this.#reconnects += reader.reconnects;
  }

  /** @param now a reading of `Clock.monotonic` */
  stats(readers: ReadonlyMap<string, StreamReader>, all: number, members: number, now: number): SetStats {
    const failing: string[] = [];
    const behind: number[] = [];
    let [silent, bytes, reconnects] = [0, this.#bytes, this.#reconnects];
    for (const [StreamName, reader] of readers) {
      const { condition, counters } = reader;
      bytes += counters.bytes;
      reconnects += reader.reconnects;
      silent += condition === 'silent' ? 1 : 0;
      if (condition === 'failing') {
        failing.push(StreamName);
      } else if (condition === 'streaming' && counters.MillisBehindNow !== undefined) {
        behind.push(counters.MillisBehindNow);
      }
    }
    behind.sort((a, b) => a - b);
    const median = behind[Math.floor((behind.length - 1) / 2)];
    const max = behind.at(-1);
    return {
      streams: { all, here: readers.size, silent, failing },
      members,
      bitsPerSecond: this.#rate(bytes, now),
      ...(median === undefined || max === undefined ? {} : { MillisBehindNow: { median, max } }),
      reconnects,
    };
  }

  /** Over some seconds, since media come in bursts, and so that all who ask at the same time get the same. */
  #rate(bytes: number, now: number): number {
    const { at, bytes: before, bitsPerSecond } = this.#last;
    const ms = now - at;
    if (ms < (bitsPerSecond === 0 ? FIRST_RATE_MS : RATE_MS)) {
      return bitsPerSecond;
    }
    const rate = Math.round(((bytes - before) * 8_000) / ms);
    this.#last = { at: now, bytes, bitsPerSecond: rate };
    return rate;
  }
}
