/** Limit of GetMedia calls, shared by all sessions of the process. */

/**
 * Keeps the GetMedia calls of all sessions of this process within the service's limit of 5 a second per stream.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/limits.html
 */
export class CallLimiter {
  readonly #calls = new Map<string, number[]>();

  /**
   * @param windowMs a little over a second, because the network may bring calls closer together
   */
  constructor(
    private readonly callsPerWindow = 5,
    private readonly windowMs = 1_200,
  ) {}

  /**
   * Takes a place for a call to the stream now, or says how long until there is one.
   *
   * @param now a reading of `Clock.monotonic`, the same clock for all callers
   * @returns 0 when the place is taken; else ms to wait before asking again
   */
  take(stream: string, now: number): number {
    const recent = (this.#calls.get(stream) ?? []).filter((time) => time > now - this.windowMs);
    const oldest = recent[0];
    if (recent.length >= this.callsPerWindow && oldest !== undefined) {
      this.#calls.set(stream, recent);
      return Math.max(1, Math.ceil(oldest + this.windowMs - now));
    }
    recent.push(now);
    this.#calls.set(stream, recent);
    this.#forgetQuiet(now);
    return 0;
  }

  #forgetQuiet(now: number): void {
    for (const [stream, calls] of this.#calls) {
      if ((calls.at(-1) ?? 0) <= now - this.windowMs) {
        this.#calls.delete(stream);
      }
    }
  }
}
