/** Spreads the connects of many streams over time. */

/**
 * GetDataEndpoint, which comes before the first GetMedia of a stream, has 300 calls a second for the whole account, and
 * a firewall or proxy sees hundreds of connects at once as an attack.
 */
const CONNECTS_PER_SECOND = 20;
const EVERY_MS = 1_000 / CONNECTS_PER_SECOND;

/** Gives each connect its place: a lone one at once, of many 20 a second, at times that no other process has too. */
export class ConnectPace {
  #nextAt = Number.NEGATIVE_INFINITY;

  /**
   * Takes the next place.
   *
   * @param now a reading of `Clock.monotonic`, the same clock for all callers
   * @param random from 0 to 1
   * @returns ms until it
   */
  take(now: number, random: number): number {
    if (this.#nextAt <= now) {
      this.#nextAt = now + EVERY_MS;
      return 0;
    }
    const waitMs = this.#nextAt - now + random * EVERY_MS;
    this.#nextAt += EVERY_MS;
    return waitMs;
  }
}
