/** One reading of a stream, from its start to its end: a session, and the share in its account's service. */
import type { Clock } from '../../src/clock';
import { definedOnly } from '../../src/defined-only';
import type { ConfigSettings, GetMediaSettings, StartSelector, StreamRef, Until } from '../../src/options';
import { Session, type Position, type SessionEvents, type State } from '../../src/session';
import type { ServiceShare } from '../shared/account';
import { getMediaLimiter, streamKey } from '../shared/call-limit';

/** What is read, and from where. */
export interface StreamRunOptions {
  readonly account: ConfigSettings;
  readonly settings: GetMediaSettings;
  readonly stream: StreamRef;
  readonly startSelector: StartSelector | undefined;
  /** Where it ends by itself, in place of the settings' bound. */
  readonly until: Until | undefined;
  /** Where an earlier run ended; it comes before the start selector. */
  readonly position: Position | undefined;
}

export class StreamRun {
  readonly session: Session;

  /** Takes over the share, which it releases when the session is over. */
  constructor(
    { account, settings, stream, position, ...chosen }: StreamRunOptions,
    private readonly share: ServiceShare,
    clock: Clock,
    events: Omit<SessionEvents, 'state'> & { state(run: StreamRun, state: State): void },
  ) {
    const { startSelector = settings.startSelector, until = settings.until } = chosen;
    this.session = new Session(
      { ...settings, stream, startSelector, ...definedOnly({ position, until }) },
      { service: share.service, clock, limiter: getMediaLimiter, streamKey: streamKey(account, stream) },
      {
        ...events,
        state: (state) => {
          if (state.name === 'stopped') {
            share.release();
          }
          events.state(this, state);
        },
      },
    );
  }

  /** Where the credentials in use came from, once they are known. */
  get credentialOrigin(): ServiceShare['service']['credentialOrigin'] {
    return this.share.service.credentialOrigin;
  }

  /** Ends it and frees its socket. */
  stop(): void {
    this.session.stop();
    this.share.release();
  }
}
