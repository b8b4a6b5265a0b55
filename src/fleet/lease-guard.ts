/** Whether this member's own lease lets it send: `SharedCoordinator.maySend` asks it, for the session's `DeliveryQueue`, before each message. */

/** Readings of several clocks at one moment, in ms, always of the same clocks in the same order. */
export type Moment = readonly number[];

/**
 * Time that has passed between two moments, in ms: the most that any of the clocks says. A suspended machine stops some
 * of them, and a person may set others back.
 */
export function elapsedMs(from: Moment, to: Moment): number {
  return Math.max(...from.map((reading, index) => (to[index] ?? reading) - reading));
}

/**
 * Share of a lease in which a member may send. The rest is for clocks of different speed: others take its streams after
 * a whole lease by their own clocks.
 */
export const GUARD_SHARE = 0.8;

/**
 * Open for 0.8 leases from the first attempt at the last beat that is confirmed. Not from its answer, nor from a later
 * attempt at the same beat: the clocks of the other members have run since the beat was written, and the first attempt
 * may have written it.
 *
 * A comparison and no timer: after a stop of the process a timer may fire too late.
 */
export class LeaseGuard {
  #since: Moment | undefined;

  constructor(
    private readonly moment: () => Moment,
    private readonly openMs: number,
  ) {}

  /** A beat is confirmed. @param firstAttempt just before it was first sent */
  confirm(firstAttempt: Moment): void {
    this.#since = firstAttempt;
  }

  close(): void {
    this.#since = undefined;
  }

  get isOpen(): boolean {
    return this.leftMs > 0;
  }

  /** ms for which it stays open without another beat; 0 where it is closed. */
  get leftMs(): number {
    return this.#since === undefined ? 0 : Math.max(0, this.openMs - elapsedMs(this.#since, this.moment()));
  }
}
