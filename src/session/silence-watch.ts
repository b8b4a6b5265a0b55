/** Notices when a running session has had no media for long. */
import type { Clock } from '../clock';
import type { StateName } from './state';

export interface SilenceEvents {
  /** No media for so long, ms; reported once. */
  silent(silentMs: number): void;
  /** Media again, after a silence that was reported: how long it was, ms. */
  resumed(silentMs: number): void;
}

/** States in which nothing is read because the user or the flow wants it so. */
const HELD: ReadonlySet<StateName> = new Set(['idle', 'paused', 'draining']);

/** A timer that is later than this, ms, was held up by something that blocked the process: media may wait to be read. */
const MOST_LATE_MS = 1_000;

/**
 * Notices when a running session has had no media for so long: a camera that is off, a producer that has crashed, a
 * service that cannot be reached. A pause and missing acknowledgements are no silence; the time begins anew when reading
 * continues.
 */
export class SilenceWatch {
  #since: number | undefined;
  #isHeld = false;
  #isReported = false;
  #cancel: (() => void) | undefined;

  /** @param silentMs 0: never */
  constructor(
    private readonly silentMs: number,
    private readonly clock: Clock,
    private readonly events: SilenceEvents,
  ) {}

  /** The session has entered a state. May be called for each message, so it sets no timer anew. */
  state(name: StateName): void {
    if (this.silentMs === 0) {
      return;
    }
    if (name === 'stopped') {
      this.#cancel?.();
      this.#cancel = undefined;
      this.#since = undefined;
      return;
    }
    const wasHeld = this.#isHeld;
    this.#isHeld = HELD.has(name);
    if (this.#since === undefined) {
      this.#since = this.clock.monotonic();
      this.#arm(this.silentMs);
    } else if (wasHeld && !this.#isHeld && !this.#isReported) {
      this.#since = this.clock.monotonic();
    }
  }

  /** New media have come, be it a part of a chunk. Called for every slice, so it only notes the time. */
  media(): void {
    if (this.#since === undefined) {
      return;
    }
    const now = this.clock.monotonic();
    const silentMs = now - this.#since;
    this.#since = now;
    if (this.#isReported) {
      this.#isReported = false;
      this.#arm(this.silentMs);
      this.events.resumed(silentMs);
    }
  }

  /** One timer that looks when media came last. */
  #arm(ms: number): void {
    const dueAt = this.clock.monotonic() + ms;
    this.#cancel = this.clock.after(ms, () => {
      this.#cancel = undefined;
      const now = this.clock.monotonic();
      const silentMs = now - (this.#since ?? 0);
      if (this.#isHeld) {
        this.#arm(this.silentMs);
      } else if (now - dueAt > MOST_LATE_MS) {
        this.#arm(MOST_LATE_MS);
      } else if (silentMs < this.silentMs) {
        this.#arm(this.silentMs - silentMs);
      } else {
        this.#isReported = true;
        this.events.silent(silentMs);
      }
    });
  }
}
