/** The moments of which pictures are made: one, or one every so many ms of a range. */
import type { Span } from '../archive';

/** Moments that lie further apart are read one by one: fragments are mostly shorter. */
const APART_MS = 10_000;

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

/** The runs of moments that are read at once. */
export function* runsOf(from: number, to: number, intervalMs: number): Generator<Moments> {
  if (intervalMs > 0 && intervalMs < APART_MS) {
    yield new Moments(from, to, intervalMs);
    return;
  }
  for (let at = from; at < to; at += intervalMs || Infinity) {
    yield new Moments(at, at + 1, 0);
  }
}
