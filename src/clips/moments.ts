/** The moments of which pictures are made: one, or one every so many ms of a range. */
import type { Span } from '../archive';

/** Moments in their order, each of which is given once or left out. */
export class Moments {
  #next: number;
  #without = 0;
  #firstWithout = 0;
  #lastWithout = 0;

  /** @param intervalMs 0: one moment, at `from` */
  constructor(
    readonly from: number,
    readonly to: number,
    readonly intervalMs: number,
  ) {
    this.#next = from;
  }

  /** The next moments that lie in a span. Those before it are left out. */
  *within(from: number, to: number): Generator<number> {
    this.skip(from);
    while (this.#next < Math.min(to, this.to)) {
      const moment = this.#next;
      this.#advance();
      yield moment;
    }
  }

  /** Leaves out those before a time. */
  skip(before: number): void {
    while (this.#next < Math.min(before, this.to)) {
      this.#firstWithout = this.#without === 0 ? this.#next : this.#firstWithout;
      this.#lastWithout = this.#next;
      this.#without += 1;
      this.#advance();
    }
  }

  /** All of them are still to come. */
  restart(): void {
    this.#next = this.from;
    this.#without = 0;
  }

  /** How many were left out. */
  get without(): number {
    return this.#without;
  }

  get withoutSpan(): Span | undefined {
    return this.#without === 0 ? undefined : { from: this.#firstWithout, to: this.#lastWithout };
  }

  #advance(): void {
    this.#next = this.intervalMs === 0 ? Infinity : this.#next + this.intervalMs;
  }
}

/** How many moments are read at once. */
export interface RunLimits {
  /** Moments that lie so far apart are read one by one, ms. */
  readonly apartMs: number;
  /** No run is longer, ms. */
  readonly longestMs: number;
}

/** For a decoder on this machine: fragments are mostly shorter than what lies between moments that are read one by one. */
export const DECODED_RUNS: RunLimits = { apartMs: 10_000, longestMs: Infinity };
/** For the service, which takes no range of more than 300 s: its first 20 s are for the fragment that contains the begin. */
export const SERVICE_RUNS: RunLimits = { apartMs: 140_000, longestMs: 280_000 };

/** The runs of moments that are read at once. */
export function* runsOf(
  from: number,
  to: number,
  intervalMs: number,
  { apartMs, longestMs }: RunLimits,
): Generator<Moments> {
  const isTogether = intervalMs > 0 && intervalMs < apartMs;
  const stepMs = isTogether ? Math.floor(longestMs / intervalMs) * intervalMs : intervalMs || Infinity;
  for (let at = from; at < to; at += stepMs) {
    yield isTogether ? new Moments(at, Math.min(to, at + stepMs), intervalMs) : new Moments(at, at + 1, 0);
  }
}
