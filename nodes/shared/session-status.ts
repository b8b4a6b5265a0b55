/** The status of a node that reads with a session: its state and, while it streams, its rates every second. */
import type { Clock } from '../../src/clock';
import { definedOnly } from '../../src/defined-only';
import type { StreamRef } from '../../src/options';
import type { Session } from '../../src/session';
import { RateMeter } from './rate-meter';
import { StatusThrottle, type StatusPort } from './status-throttle';
import { Statuses, type ShownStatus } from './state-to-status';
import type { Words } from './words';

/** The part of a session that shows. */
export type ShownSession = Pick<Session, 'state' | 'counters'>;

export class SessionStatus {
  readonly #meter = new RateMeter();
  #session: ShownSession | undefined;
  #StreamName = '';
  /** Bytes received when the producer was found silent; undefined while it is not silent. */
  #silentSince: number | undefined;

  readonly #reporter: StatusThrottle;
  readonly #texts: Statuses;

  constructor(
    port: StatusPort & { readonly words: Words },
    private readonly clock: Clock,
  ) {
    this.#reporter = new StatusThrottle(port, clock);
    this.#texts = new Statuses(port.words);
  }

  showStopped(stream: StreamRef | undefined): void {
    this.#reporter.show(ofStream(stream?.StreamName, this.#texts.stopped()));
  }

  /** @param about what the error is about, such as the setting at fault */
  showFailed(stream: StreamRef | undefined, ErrorType: string, about: string): void {
    this.#reporter.show(ofStream(stream?.StreamName, this.#texts.failed(ErrorType, about)));
  }

  /** Shows this session from now on, beginning with the next change of its state. */
  follow(session: ShownSession, StreamName: string): void {
    this.#session = session;
    this.#StreamName = StreamName;
    this.#silentSince = undefined;
    this.#meter.restart(session.counters, this.clock.monotonic());
  }

  /** Shows no session any more. */
  leave(): void {
    this.#session = undefined;
    this.#reporter.cancel();
  }

  /** To be called when the session's state has changed. */
  update(): void {
    const session = this.#session;
    if (session === undefined) {
      return;
    }
    this.#noteSilence(session);
    this.#reporter.schedule(() => {
      if (session.state.name === 'streaming') {
        this.update();
      }
      return this.#shown(session);
    });
  }

  #shown(session: ShownSession): ShownStatus {
    this.#noteSilence(session);
    const rates = this.#meter.rates(this.clock.monotonic());
    const isSilent = this.#silentSince !== undefined;
    return ofStream(this.#StreamName, this.#texts.of(session.state, rates, isSilent));
  }

  /** A silent camera stays silent while it is asked again, until media come or a call fails. */
  #noteSilence({ state, counters }: ShownSession): void {
    if (state.name === 'waiting') {
      this.#silentSince = state.reason === 'media' ? counters.bytes : undefined;
    } else if (this.#silentSince !== undefined && counters.bytes !== this.#silentSince) {
      this.#silentSince = undefined;
    }
  }
}

function ofStream(StreamName: string | undefined, { kvs, ...status }: ShownStatus): ShownStatus {
  const { state, ...rest } = kvs;
  return { ...status, kvs: { state, ...definedOnly({ StreamName }), ...rest } };
}
