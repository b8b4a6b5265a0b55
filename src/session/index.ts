/**
 * Keeps a stream coming: calls, reads, comes back, and never loses or doubles a chunk. One `Session` reads one stream;
 * many run side by side. Knows the service and the reader, but neither Node-RED nor where checkpoints are kept.
 */
export { CallLimiter } from './call-limiter';
export { ERROR_TABLE, IN_BAND_TABLE, errorRow, type ErrorClass, type ErrorRow } from './error-table';
export { report, type ErrorReport } from './explain';
export type { Failure, Operation } from './failure';
export { compareFragmentNumbers } from './fragment-number';
export type { Position } from './place';
export type { ChunkDelivery, FrameDelivery } from './outlet';
export {
  Session,
  type Counters,
  type SessionDependencies,
  type SessionEvents,
  type SessionOptions,
} from './session';
export type { State, StateName, States } from './state';
