/** Limits calls per second, by sliding window. */
export class CallRate {
  readonly #limit: number;
  /** Times of calls let through and of all calls, the last second's only. */
  #allowed: number[] = [];
  #seen: number[] = [];
  #busiest = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The most calls, refused ones included, that came in any one second. */
  get busiestSecond(): number {
    return this.#busiest;
  }

  /** Counts a call at `now` (ms) and says whether it is within the limit. Refused calls use up nothing. */
  take(now: number): boolean {
    const recent = (times: readonly number[]) => times.filter((time) => time > now - 1000);
    this.#seen = [...recent(this.#seen), now];
    this.#busiest = Math.max(this.#busiest, this.#seen.length);
    this.#allowed = recent(this.#allowed);
    if (this.#allowed.length >= this.#limit) {
      return false;
    }
    this.#allowed.push(now);
    return true;
  }
}
