/** Rates of bytes and frames, for the status. */
import type { Counters } from '../../src/session';
import type { Rates } from './status-text';

interface Sample {
  readonly time: number;
  readonly bytes: number;
  readonly frames: number;
}

/** Frames are counted by whole chunks, so a window of several chunks is needed for a steady figure. */
const WINDOW_MS = 8_000;

/** Turns a session's running totals into rates over the last seconds. */
export class RateMeter {
  #counters: Readonly<Counters> = { bytes: 0, frames: 0, MillisBehindNow: undefined };
  #samples: Sample[] = [];
  #lastBytesAt = 0;

  /** A new session's totals, beginning now. */
  restart(counters: Readonly<Counters>, now: number): void {
    this.#counters = counters;
    this.#samples = [{ time: now, bytes: counters.bytes, frames: counters.frames }];
    this.#lastBytesAt = now;
  }

  /** Takes a sample; to be called about once a second. */
  rates(now: number): Rates {
    const { bytes, frames, MillisBehindNow } = this.#counters;
    if (bytes !== this.#samples.at(-1)?.bytes) {
      this.#lastBytesAt = now;
    }
    this.#samples.push({ time: now, bytes, frames });
    this.#samples = this.#samples.filter((sample) => sample.time >= now - WINDOW_MS);
    const first = this.#samples[0];
    const seconds = first === undefined ? 0 : (now - first.time) / 1_000;
    const perSecond = (total: number, before = 0): number => (seconds > 0 ? (total - before) / seconds : 0);
    return {
      bitsPerSecond: perSecond(bytes, first?.bytes) * 8,
      framesPerSecond: perSecond(frames, first?.frames),
      MillisBehindNow,
      silentMs: now - this.#lastBytesAt,
    };
  }
}
