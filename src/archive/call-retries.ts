/** Retries a call about stored media, by the same tables as a session does. */
import { KinesisVideoError } from '../kinesis-video';
import type { StreamRef } from '../options';
import { errorRow, reactTo, repairCalls } from '../session';
import { sleep } from './sleep';
import type { ArchiveDependencies } from './types';

/** So many failures in a row, with waits that grow to half a minute: then the request fails. */
const TRIES_AT_MOST = 8;
const NO_CONNECTION = 'ConnectionLimitExceededException';

/**
 * Calls until it succeeds, fails so that a retry does not help, or has failed too often.
 *
 * @param connectionTries so often in a row the call may find all connections of the stream taken
 * @throws the last failure, or the signal's reason
 */
export async function retryCalls<T>(
  { service, clock }: Pick<ArchiveDependencies, 'service' | 'clock'>,
  stream: StreamRef,
  signal: AbortSignal,
  call: () => Promise<T>,
  connectionTries = TRIES_AT_MOST,
): Promise<T> {
  let connectionFailures = 0;
  let failures = { inRow: 0, sameClass: 0, errorClass: '' };
  for (;;) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof KinesisVideoError)) {
        throw error;
      }
      const { serverTime } = error;
      const ownTime = clock.now() + service.clockOffsetMs;
      const clockSkewMs = serverTime === undefined ? undefined : serverTime - ownTime;
      const { ErrorType, ErrorId, statusCode, operation } = error;
      const { class: errorClass } = errorRow({ ErrorType, ErrorId, statusCode, operation, clockSkewMs });
      const sameClass = failures.errorClass === errorClass ? failures.sameClass + 1 : 1;
      failures = { inRow: failures.inRow + 1, sameClass, errorClass };
      const reaction = reactTo(errorClass, failures, false, () => clock.random());
      connectionFailures = ErrorType === NO_CONNECTION ? connectionFailures + 1 : 0;
      const hasFailedTooOften = failures.inRow >= TRIES_AT_MOST || connectionFailures >= connectionTries;
      repairCalls(service, stream, errorClass, { ErrorType, serverTime });
      if (reaction.action === 'stop' || hasFailedTooOften) {
        throw error;
      }
      await sleep(clock, reaction.retryInMs, signal);
    }
  }
}
