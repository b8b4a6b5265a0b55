/**
 * The limits for stored media that all clients of a stream share, of which this process takes half at most.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/limits.html
 */

/** Of 10,000 a second; a page of ListFragments costs as many as it may hold. */
const METADATA_POINTS_PER_SECOND = 5_000;
/** Of 500 a second; GetMediaForFragmentList costs one for each fragment. */
const MEDIA_POINTS_PER_SECOND = 250;
/** Of GetMediaForFragmentList. */
const CONNECTIONS = 5;

/** Points by stream, of which so many come up each second, and no more than those of one second are kept. */
export class PointBudget {
  /** When all points that were taken will have come up, by stream. */
  readonly #paidAt = new Map<string, number>();

  constructor(private readonly pointsPerSecond: number) {}

  /**
   * Takes points.
   *
   * @param now a reading of `Clock.monotonic`, the same clock for all callers
   * @returns ms until they may be used
   */
  take(stream: string, points: number, now: number): number {
    for (const [other, paidAt] of this.#paidAt) {
      if (paidAt <= now - 1_000) {
        this.#paidAt.delete(other);
      }
    }
    const from = Math.max(this.#paidAt.get(stream) ?? -Infinity, now - 1_000);
    const paidAt = from + (points * 1_000) / this.pointsPerSecond;
    this.#paidAt.set(stream, paidAt);
    return Math.max(0, Math.ceil(paidAt - now));
  }
}

/** Connections by stream, given in the order in which they are asked for. */
export class ConnectionSlots {
  readonly #open = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(private readonly limit: number) {}

  /** Resolves with what gives the connection back, which is to be called once. @throws the signal's reason */
  async acquire(stream: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const open = this.#open.get(stream) ?? 0;
    if (open < this.limit) {
      this.#open.set(stream, open + 1);
    } else {
      await this.#turnOf(stream, signal);
    }
    return () => {
      this.#release(stream);
    };
  }

  async #turnOf(stream: string, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(stream) ?? [];
    this.#waiting.set(stream, waiting);
    await new Promise<void>((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(take), 1);
        reject(signal.reason as Error);
      };
      waiting.push(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #release(stream: string): void {
    const next = this.#waiting.get(stream)?.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#waiting.delete(stream);
    const open = (this.#open.get(stream) ?? 1) - 1;
    if (open > 0) {
      this.#open.set(stream, open);
    } else {
      this.#open.delete(stream);
    }
  }
}

/** One for the process. */
export class ArchiveBudgets {
  readonly metadata = new PointBudget(METADATA_POINTS_PER_SECOND);
  readonly media = new PointBudget(MEDIA_POINTS_PER_SECOND);
  readonly connections = new ConnectionSlots(CONNECTIONS);
}
