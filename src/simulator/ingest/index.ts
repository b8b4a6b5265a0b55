/**
 * Media that comes in from outside (PutMedia): takes a Matroska stream apart as it arrives, cuts it into fragments,
 * and acknowledges them. It knows streams and media; it must not know the API, faults, or the engine's reader.
 */
export type { Acknowledgement } from './acknowledgement';
export { ERROR_NAMES, IngestError } from './ingest-error';
export { MatroskaSplitter } from './matroska-splitter';
export type { TimeSettings } from './producer-time';
export { PutSession, type CutAt } from './put-session';
