/**
 * The archive's quota: calls cost points, of metadata or of media, which all callers of a stream share.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/limits.html
 */
export type PointKind = 'metadata' | 'media';

export class Points {
  readonly #perSecond: number;
  #left: number;
  #at = -Infinity;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /**
   * Takes points at `now` (ms) and says whether there were enough. A call that costs more than a second's worth passes
   * when all of that is there, and is paid off later.
   */
  take(cost: number, now: number): boolean {
    const earned = ((now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < Math.min(cost, this.#perSecond)) {
      return false;
    }
    this.#left -= cost;
    return true;
  }
}
