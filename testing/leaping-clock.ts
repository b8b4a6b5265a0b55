/** A virtual clock for tests over real sockets. */
import { seededRandom } from '../src/simulator/random';
import { VirtualClock, settle } from './virtual-clock';

/** Turns of the event loop without a sign of life after which the sockets of this process are taken to be quiet. */
const QUIET_TURNS = 24;

/**
 * Virtual time over real sockets: it stands still while bytes are under way and leaps to the next timer when all is
 * quiet. Both ends of every connection live in this process, so quiet can be told; were it told too early, it would
 * be no more than a slow network. Unlike accelerated time it does not magnify the scheduler's jitter, so limits
 * of calls a second can be held to the letter.
 */
export class LeapingClock extends VirtualClock {
  readonly #random: () => number;
  #signs = 0;

  constructor(now: number, seed: number) {
    super(now);
    this.#random = seededRandom(seed);
  }

  override random(): number {
    return this.#random();
  }

  /** Something has happened at a socket, so more may follow. */
  alive(): void {
    this.#signs++;
  }

  /** Resolves when nothing is under way any more. */
  async quiet(): Promise<void> {
    let seen = this.#signs;
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await settle();
      if (seen !== this.#signs) {
        seen = this.#signs;
        turns = 0;
      }
    }
  }

  /** Lets time pass until `done`. @throws where there is nothing left to wait for, or it would take longer than `ms` */
  async runUntil(done: () => boolean, ms: number): Promise<void> {
    const end = this.now() + ms;
    for (;;) {
      await this.quiet();
      if (done()) {
        return;
      }
      const next = this.nextInMs;
      if (next === undefined || this.now() + next > end) {
        throw new Error(next === undefined ? 'Nothing is left that could happen.' : `Not done in ${ms} ms.`);
      }
      await this.advance(next);
    }
  }
}
