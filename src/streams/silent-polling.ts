/** How often a stream without media is asked for some. */
import type { Clock } from '../clock';

/** After so long without media a stream is asked so rarely, in ms. Before, a session's own waits hold, of up to 10 s. */
const STEPS = [
  { silentMs: 15 * 60_000, everyMs: 60_000 },
  { silentMs: 2 * 60_000, everyMs: 30_000 },
] as const;

/** Of a step: so that streams that fell silent together are not asked together. */
const JITTER = 0.2;

export class SilentPolling {
  #since: number;

  constructor(private readonly clock: Pick<Clock, 'monotonic' | 'random'>) {
    this.#since = clock.monotonic();
  }

  /** Media have come, or someone expects some. */
  restart(): void {
    this.#since = this.clock.monotonic();
  }

  /** ms until the next call. @param usualMs what the session would wait */
  waitMs(usualMs: number): number {
    const silentMs = this.clock.monotonic() - this.#since;
    const step = STEPS.find((each) => silentMs >= each.silentMs);
    return step === undefined ? usualMs : Math.round(step.everyMs * (1 - JITTER * this.clock.random()));
  }
}
