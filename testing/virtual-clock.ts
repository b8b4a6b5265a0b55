/** A clock that tests advance, and the wait for what is ready to run. */
import type { Clock } from '../src/clock';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test advances it. Chance is fixed, unless a test sets it. */
export class VirtualClock implements Clock {
  #now: number;
  /** Wall time minus the time that the timers keep. */
  #offset = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  chance = 0.5;

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now + this.#offset;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Sets the wall clock forward (or back, where negative) by so many ms. */
  setWall(byMs: number): void {
    this.#offset += byMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  random(): number {
    return this.chance;
  }

  /** Timers that have not fired and have not been cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** ms until the next timer; undefined where there is none. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#now;
  }

  /** Lets time pass, firing timers in order, with all promises settled before and after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next()) {
      this.#now = Math.max(this.#now, timer.at);
      this.#timers.delete(timer);
      timer.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Lets time pass in which the process can do nothing: what is due then fires late. */
  block(ms: number): void {
    this.#now += ms;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }
}

/** Resolves when everything that was ready to run has run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
