/** Notices that a response brings no byte any more. */
import type { Clock } from '../clock';

/**
 * So often in the time that counts as a stall it is looked at whether bytes have come: a stall is noticed late by at most
 * such a part of it. To read the clock for each slice instead would be a thirtieth of what a fast stream costs.
 */
const LOOKS_PER_TIMEOUT = 20;

/** Looks from time to time whether bytes have come, and reports once that there have been none for so long. */
export class StallWatch {
  /** To be set whenever bytes come. */
  hasCome = false;
  /** When it was last seen that bytes had come, or when the watch began. */
  #seenAt = 0;
  #cancel: (() => void) | undefined;

  /** @param stalled called with the time since the last byte, ms: at least `timeoutMs` */
  constructor(
    private readonly timeoutMs: number,
    private readonly clock: Clock,
    private readonly stalled: (silentMs: number) => void,
  ) {}

  /** Begins anew, as if bytes had come just now. */
  begin(): void {
    this.end();
    this.hasCome = false;
    this.#seenAt = this.clock.monotonic();
    this.#lookLater();
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #lookLater(): void {
    const everyMs = this.timeoutMs / LOOKS_PER_TIMEOUT;
    const dueAt = this.clock.monotonic() + everyMs;
    this.#cancel = this.clock.after(everyMs, () => {
      const now = this.clock.monotonic();
      if (this.hasCome) {
        this.hasCome = false;
        this.#seenAt = now;
      }
      const silentMs = now - this.#seenAt;
      // A look that is late was held up by something that blocked the process: bytes may wait to be read.
      const isLate = now - dueAt > everyMs;
      if (silentMs >= this.timeoutMs && !isLate) {
        this.#cancel = undefined;
        this.stalled(silentMs);
      } else {
        this.#lookLater();
      }
    });
  }
}
