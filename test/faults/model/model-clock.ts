import { seededRandom } from '../../../src/simulator/random';
import type { Clock } from '../../../src/clock';
import { settle } from '../../../testing/virtual-clock';

/** What Node.js does with a longer timer: it fires after 1 ms. https://nodejs.org/api/timers.html */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * Time of a scenario. `time` runs evenly and is what the judge and the service go by; the machine's wall clock, which
 * the session sees as `now()`, can be set back or forward.
 */
export class ModelClock implements Clock {
  /** ms since the scenario began. */
  time = 0;
  /** Callbacks so far: a timer that is set again and again without waiting shows here. */
  fired = 0;
  #wallOffset = 0;
  readonly #timers: Timer[] = [];
  readonly #random: () => number;

  constructor(
    /** The true time of day at which the scenario begins, ms since the epoch. */
    readonly epoch: number,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
  }

  now(): number {
    return this.epoch + this.time + this.#wallOffset;
  }

  monotonic(): number {
    return this.time;
  }

  random(): number {
    return this.#random();
  }

  after(ms: number, callback: () => void): () => void {
    const timed = ms > LONGEST_TIMER_MS || Number.isNaN(ms) ? 1 : Math.max(0, ms);
    const timer = { at: this.time + timed, callback };
    const index = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(index < 0 ? this.#timers.length : index, 0, timer);
    return () => {
      const place = this.#timers.indexOf(timer);
      if (place >= 0) {
        this.#timers.splice(place, 1);
      }
    };
  }

  /** Someone, or NTP, sets the machine's clock. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Lets time pass until `done`, at most to `end`, with at most so many callbacks. */
  async runUntil(done: () => boolean, end: number, mostCallbacks: number): Promise<void> {
    for (;;) {
      await settle();
      const next = this.#timers[0];
      if (done() || next === undefined || next.at > end || this.fired > mostCallbacks) {
        return;
      }
      this.#timers.shift();
      this.time = next.at;
      this.fired++;
      next.callback();
    }
  }
}
