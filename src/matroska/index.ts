/**
 * Reads what GetMedia sends: bytes pushed in, chunks and frames called back out, in one pass, with the media copied
 * once at most and never looked at. Knows Matroska (RFC 9559) and the service's tags; knows nothing of the service's
 * calls, of the session, of files, sockets or clocks.
 *
 * - `chunk-reader.ts` takes slices and puts the parts together; `chunk-parser.ts` runs their loop over a slice
 * - `byte-window.ts` holds the bytes at hand, `chunk-memory.ts` the copy that is handed out; `frame-slabs.ts` has
 *   the memory that frames share
 * - `element-scanner.ts` finds one element after the other (`ebml.ts`); `nesting.ts` knows where in the tree it is
 * - `chunk-grammar.ts` judges each element, by `limits.ts`; `violations.ts` names what may be wrong
 * - `chunk-assembler.ts` takes the elements and reports events (`events.ts`); `open-chunk.ts` has what was
 *   read so far and says whether a closing tag has come; the assembler's `close` decides whether a chunk is complete
 * - `chunk-blocks.ts` takes the blocks, `block-reader.ts` makes frames of them (`block.ts`, `block-group.ts`, `frame.ts`)
 * - `master-parser.ts` reads what is read as a whole: `headers.ts`, `tracks.ts`, `tags.ts`, `content-encodings.ts`
 * - `chunk-boundaries.ts` ends a chunk that no closing tag ends, healthy or not: at the next header, at damage, at the end
 *   of the response; `resynchronizer.ts` finds the next one after damage
 */
export { ChunkTooLargeError, MalformedMediaError, type ElementPlace } from './errors';
export type { ReaderEvents } from './events';
export { Frame, type FrameGroup } from './frame';
export { DEFAULT_LIMITS, DEFAULT_MAX_CHUNK_BYTES, type Limits } from './limits';
export { ChunkReader, type ChunkReaderOptions } from './chunk-reader';
export { selectTracks } from './select-tracks';
export { MATROSKA_STATEMENTS } from './violation-statements';
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
