/** The status of a node that reads with a session: its state and, while it streams, its rates every second. */
import type { Clock } from '../../src/clock';
import type { Session } from '../../src/session';
import { RateMeter } from './rate-meter';
import { statusOf } from './status-text';
import type { StatusReporter } from './status-reporter';

/** The part of a session that shows. */
export type ShownSession = Pick<Session, 'state' | 'counters'>;

export class SessionStatus {
  readonly #meter = new RateMeter();
  #session: ShownSession | undefined;

  constructor(
    private readonly reporter: StatusReporter,
    private readonly clock: Clock,
  ) {}

  /** Shows this session from now on, beginning with the next change of its state. */
  follow(session: ShownSession): void {
    this.#session = session;
    this.#meter.restart(session.counters, this.clock.monotonic());
  }

  /** Shows no session any more. */
  leave(): void {
    this.#session = undefined;
    this.reporter.cancel();
  }

  /** To be called when the session's state has changed. */
  update(): void {
    const session = this.#session;
    if (session === undefined) {
      return;
    }
    this.reporter.schedule(() => {
      if (session.state.name === 'streaming') {
        this.update();
      }
      return statusOf(session.state, this.#meter.rates(this.clock.monotonic()));
    });
  }
}
