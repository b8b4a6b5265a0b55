/**
 * Media that comes in from outside (PutMedia): takes a Matroska stream apart as it arrives, cuts it into fragments,
 * and acknowledges them. It knows streams and fragments, but nothing of GetMedia, and no code of the engine's reader.
 */
export type { Acknowledgement } from './acknowledgement';
export { IngestError } from './ingest-error';
export type { Block, Header } from './matroska-parts';
export { MatroskaSplitter, type SplitterHandler } from './matroska-splitter';
export { isPush, push, type PushContext } from '../api/push';
export { putMedia } from '../api/put-media';
