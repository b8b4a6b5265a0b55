/**
 * Keeps a stream coming: calls, reads, comes back, and never loses or doubles a chunk. One `Session` reads one stream;
 * many run side by side. Knows the service and the reader, but neither Node-RED nor where checkpoints are kept.
 */
export { CallLimiter } from './call-limiter';
export { ERROR_TABLE, IN_BAND_TABLE, errorRow, type ErrorClass, type ErrorRow } from './error-table';
export { report, type ErrorReport } from './error-report';
export type { Failure, Operation } from './failure';
export { compareFragmentNumbers } from './fragment-number';
export type { Gap } from './gaps';
export type { ChunkPosition, Position, TimePosition } from './stream-cursor';
export type { ChunkDelivery, FrameDelivery } from './delivery-queue';
export { Session } from './session';
export type { State, StateName, States } from './state';
export type { Counters, SessionDependencies, SessionEvents, SessionOptions } from './types';
