/** A session of the preview itself, for a node that is not reading live media. */
import type { Clock } from '../../src/clock';
import type { Chunk } from '../../src/matroska';
import { Session, type State } from '../../src/session';
import type { ObservableMedia } from '../shared/media-observer';
import { getMediaLimiter, streamKey } from '../shared/call-limit';
import { errorPayload, type ErrorPayload } from '../shared/error-output';

export interface PreviewSessionEvents {
  /** Its data is the receiver's own. */
  chunk(chunk: Chunk): void;
  error(error: ErrorPayload): void;
  state(state: State): void;
}

export interface PreviewSession {
  readonly state: State;
  /** Frees the connection. Idempotent; nothing is called after it. */
  stop(): void;
}

/**
 * Reads live media beside a node's own session and takes no part in the flow: no messages, no checkpoint, no
 * acknowledgements. It is one more of the three connections that the service gives a stream.
 *
 * @returns undefined where the account or the settings cannot be used
 */
export function openPreviewSession(
  { account, settings, stream, words }: Pick<ObservableMedia, 'account' | 'settings' | 'stream' | 'words'>,
  clock: Clock,
  events: PreviewSessionEvents,
): PreviewSession | undefined {
  if (account?.settings === undefined || settings === undefined || stream === undefined) {
    return undefined;
  }
  const share = account.acquire();
  if (share === undefined) {
    return undefined;
  }
  const { stallTimeoutMs, ackTimeoutMs, maxChunkBytes } = settings;
  let stopped = false;
  const session = new Session(
    {
      ...{ stream, stallTimeoutMs, ackTimeoutMs, maxChunkBytes },
      ...{
        startSelector: { StartSelectorType: 'NOW' },
        emit: 'chunk',
        tracks: [],
        maxInFlight: 0,
        keepTrying: true,
      },
    },
    {
      service: share.service,
      clock,
      limiter: getMediaLimiter,
      streamKey: streamKey(account.settings, stream),
    },
    {
      chunk: ({ chunk }) => {
        events.chunk(chunk);
      },
      frame: nothing,
      checkpoint: nothing,
      error: (error) => {
        if (!stopped) {
          events.error(errorPayload(error, words));
        }
      },
      state: (state) => {
        if (!stopped) {
          events.state(state);
        }
      },
    },
  );
  session.start();
  return {
    get state() {
      return session.state;
    },
    stop: () => {
      stopped = true;
      session.stop();
      share.release();
    },
  };
}

function nothing(): void {
  // A preview has no use for it.
}
