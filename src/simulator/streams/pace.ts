/** Paces what flows, bytes or fragments: a second's worth may come at once, the rest has to wait. */
export class Pace {
  readonly #perSecond: number;
  /** When all that was taken so far will have been paid off, ms. */
  #paidOffAt = -Infinity;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes an amount at `now` and returns the ms to wait before the next. */
  take(amount: number, now: number): number {
    this.#paidOffAt = Math.max(this.#paidOffAt, now - 1000) + (1000 * amount) / this.#perSecond;
    return Math.max(0, Math.ceil(this.#paidOffAt - now));
  }
}
