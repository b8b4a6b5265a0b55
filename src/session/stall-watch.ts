/** Notices that a response brings no byte any more. */
import type { Clock } from '../clock';

/**
 * So often in the time that counts as a stall it is looked at whether bytes have come: a stall is noticed late by at most
 * such a part of it. To read the clock for each slice instead would be a thirtieth of what a fast stream costs.
 */
const LOOKS_PER_TIMEOUT = 20;

/** After something has blocked the process, bytes may wait that are only read after the first look. */
const LEAST_LOOKS = 2;

/** Looks from time to time whether bytes have come, and reports once that there have been none for so long. */
export class StallWatch {
  /** To be set whenever bytes come. */
  hasCome = false;
  /** When it was last seen that bytes had come, or when the watch began. */
  #seenAt = 0;
  /** Looks since then in which none had come. */
  #looks = 0;
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
    this.#seen();
    this.#lookLater();
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #seen(): void {
    this.hasCome = false;
    this.#seenAt = this.clock.monotonic();
    this.#looks = 0;
  }

  #lookLater(): void {
    this.#cancel = this.clock.after(this.timeoutMs / LOOKS_PER_TIMEOUT, () => {
      if (this.hasCome) {
        this.#seen();
      } else {
        this.#looks += 1;
      }
      const silentMs = this.clock.monotonic() - this.#seenAt;
      if (this.#looks >= LEAST_LOOKS && silentMs >= this.timeoutMs) {
        this.#cancel = undefined;
        this.stalled(silentMs);
      } else {
        this.#lookLater();
      }
    });
  }
}
