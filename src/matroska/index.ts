/**
 * Reads what GetMedia sends: bytes pushed in, chunks and frames called back out, in one pass, with the media copied
 * once at most and never looked at. Knows Matroska (RFC 9559) and the service's tags; knows nothing of the service's
 * calls, of the session, of files, sockets or clocks.
 */
export { ChunkTooLargeError, MalformedMediaError, type ElementPlace } from './errors';
export type { ReaderEvents } from './events';
export { Frame, type FrameGroup } from './frame';
export { DEFAULT_LIMITS, DEFAULT_MAX_CHUNK_BYTES, type Limits } from './limits';
export { ChunkReader, type ChunkReaderOptions } from './chunk-reader';
export { selectTracks } from './select-tracks';
export { MATROSKA_STATEMENTS } from './statements';
export { serviceTag } from './service-tags';
export { Children } from './master';
export { opusPacketMs } from './packet-duration';
export type {
  Chunk,
  ChunkHead,
  ContentEncoding,
  TruncatedChunk,
  InBandError,
  LeftOutTag,
  LeftOutTags,
  Tags,
  Track,
} from './types';
