/** Reads the chunks of a range by a session with an end: what is recent, and what is yet to come. */
import { Session, type ErrorReport } from '../session';
import type { OrderedOutput } from './ordered-output';
import type { ArchiveDependencies, ChunkRequest } from './types';

/** A stream's readers hold all its connections: another way may be open. */
const NO_CONNECTION = 'ConnectionLimitExceededException';
const STALL_TIMEOUT_MS = 20_000;
/** The service needs some time to answer and to end a response, also where a request does not wait for media. */
const SHORTEST_WAIT_MS = 10_000;
/** Acknowledgements are counted by the output, not by the session. */
const NO_ACK_TIMEOUT_MS = 60_000;

/** How a session ended: with the range, or because of an error. */
export type SessionOutcome = { readonly isComplete: true } | { readonly error: ErrorReport };

/**
 * Sends what the session brings, until the range is over.
 *
 * @param report told what a chunk is skipped for
 * @throws the signal's reason
 */
export async function readChunksBySession(
  { service, clock, limiter, streamKey, turn }: ArchiveDependencies,
  request: ChunkRequest,
  output: OrderedOutput,
  report: (error: ErrorReport) => void,
  signal: AbortSignal,
): Promise<SessionOutcome> {
  const { stream, timestampType, to, maxChunkBytes } = request;
  const from = Math.max(request.from, output.reached ?? request.from);
  const waitMs = Math.max(request.waitMs, SHORTEST_WAIT_MS);
  let session: Session | undefined;
  let leave = (): void => undefined;
  let cancelDeadline = (): void => undefined;
  try {
    return await new Promise<SessionOutcome>((resolve, reject) => {
      let lastError: ErrorReport | undefined;
      let mediaAt = clock.monotonic();
      leave = () => {
        reject(signal.reason as Error);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', leave);
      session = new Session(
        {
          ...{ stream, startSelector: { StartSelectorType: timestampType, StartTimestamp: from } },
          ...{ until: { at: to }, emit: 'chunk', tracks: [], maxInFlight: 0, keepTrying: false },
          ...{ stallTimeoutMs: STALL_TIMEOUT_MS, ackTimeoutMs: NO_ACK_TIMEOUT_MS, maxChunkBytes },
        },
        { service, clock, limiter, streamKey, ...(turn && { turn }) },
        {
          chunk: (delivery) => {
            mediaAt = clock.monotonic();
            lastError = undefined;
            output.offer(delivery);
            if (!output.hasRoom) {
              session?.pause();
              output.room(signal).then(() => session?.resume(), leave);
            }
          },
          frame: () => undefined,
          checkpoint: () => undefined,
          error: (error) => {
            if (error.action === 'stop' || error.ErrorType === NO_CONNECTION) {
              resolve({ error });
            } else if (error.action === 'retry') {
              lastError = error;
            } else if (error.action === 'skip') {
              report(error);
            }
          },
          state: () => undefined,
          complete: () => {
            resolve({ isComplete: true });
          },
        },
      );
      const now = clock.now() + service.clockOffsetMs;
      const arm = (ms: number): void => {
        cancelDeadline = clock.after(ms, () => {
          const quietMs = clock.monotonic() - mediaAt;
          if (session?.state.name === 'paused' || quietMs < waitMs) {
            arm(Math.max(1_000, waitMs - quietMs));
          } else {
            resolve(lastError === undefined ? { isComplete: true } : { error: lastError });
          }
        });
      };
      arm(Math.max(0, to - now) + waitMs);
      session.start();
    });
  } finally {
    cancelDeadline();
    signal.removeEventListener('abort', leave);
    session?.stop();
  }
}
