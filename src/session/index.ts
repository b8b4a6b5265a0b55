/**
 * Keeps a stream coming: calls, reads, calls again, and never loses or doubles a chunk. One `Session` reads one stream;
 * many run side by side.
 *
 * Knows the service's calls (`kinesis-video`), what the reader finds (`matroska`) and the start selectors (`options`).
 * Must not know where positions are kept, who takes what it sends, how errors are shown, nor who runs it: it is given
 * a service, a clock and a limiter, and reports by `SessionEvents`. Whoever keeps positions, or decides whether a chunk
 * may still be sent, does so there.
 *
 * - `session.ts` has the states (`state.ts`); `session-wiring.ts` makes the parts of a session and connects them
 * - `response-reader.ts` reads the bytes of one response, of which `stall-watch.ts` notices that none come any more;
 *   `chunk-judge.ts` decides what to do with what they hold: to deliver it, to fetch it again, to skip it or to fail
 * - `fragment-tracker.ts` judges what is new, by the cursor (`stream-cursor.ts`) and the gaps (`gaps.ts`)
 * - `retry-controller.ts` counts failures and asks `retry-policy.ts` what `session.ts` does next; `error-table.ts` has the
 *   class of each error
 * - `call-repair.ts` fixes what can be fixed before the next call
 * - `session-failures.ts` makes failures (`failure.ts`), `error-report.ts` reports them: as statements
 *   (`session-statements.ts`), whose words are for whoever shows them
 * - `until-watch.ts` decides when a bounded session is complete
 * - `delivery-queue.ts` sends, and waits for acknowledgements (`unacknowledged-chunks.ts`)
 */
export { CallLimiter } from './call-limiter';
export { repairCalls } from './call-repair';
export { ResponseReader } from './response-reader';
export type { ChunkDelivery, FrameDelivery } from './delivery-queue';
export { adviceOf, report, type ErrorReport } from './error-report';
export {
  ERROR_TABLE,
  IN_BAND_TABLE,
  errorRow,
  type ErrorClass,
  type ErrorRow,
  type ErrorTraits,
} from './error-table';
export type { Failure, Operation } from './failure';
export { compareFragmentNumbers } from './fragment-number';
export type { Gap } from './gaps';
export { callFailure } from './session-failures';
export { reactTo } from './retry-policy';
export { Session } from './session';
export { SESSION_STATEMENTS, sessionStatement } from './session-statements';
export type { State, StateName, States } from './state';
export type { ChunkPosition, Position, TimePosition } from './stream-cursor';
export type { EndReason, SessionEnd } from './until-watch';
export type { Counters, SessionDependencies, SessionEvents, SessionOptions } from './types';
