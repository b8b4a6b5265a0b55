/**
 * What a chunk may have at most: the limits, their defaults, and which of them bounds an element. Other limits are beside
 * what they protect: of a response's head in `../http/http-response-parser.ts`, of its body in `../http/error-body.ts`, of
 * what is kept of stored media in `../archive/read-batch-response.ts` and `chunks-by-list.ts`, of payloads in `../convert/input/`
 * (`payload-reader.ts`, `stored-frames.ts`), of pictures and what waits for them in `../pictures/` (`picture-filters.ts`,
 * `waiting-media.ts`), and of the work in one turn of the event loop in `../event-loop-turn.ts`. Requests of the editor are
 * limited outside `src/`.
 */
import { BLOCK_DURATION, EBML, INFO, TAGS, TIMESTAMP, TRACKS } from './ids';

/**
 * What a well-meant chunk never reaches. All of it is checked on the declared sizes, before anything is allocated. Beyond
 * a limit of tags, the tag is left out; beyond `maxChunkBytes`, the chunk is reported as too large; beyond any other, it is
 * malformed.
 * The service's own limits are far below: 1 MiB of codec private data, 3 tracks, 10 tags, 50 MB and 20 s a fragment.
 */
export interface Limits {
  readonly ebmlHeaderBytes: number;
  readonly infoBytes: number;
  readonly tracksBytes: number;
  /** A tag beyond one of the next five limits is left out of what the chunk says, which is given all the same. */
  readonly tagNameBytes: number;
  readonly tagValueBytes: number;
  /** Names and values of a chunk's tags together. */
  readonly tagsBytes: number;
  /** SimpleTags in a chunk, all levels. */
  readonly tags: number;
  /** SimpleTags within SimpleTags. */
  readonly tagDepth: number;
  readonly tracks: number;
  /** CodecID, Name and DocType. */
  readonly stringBytes: number;
  /** Elements in a chunk, blocks included, but for those within elements that are read as a whole. */
  readonly elements: number;
  /** Elements within one that is read as a whole, all levels: 128 tracks with all that Matroska knows have 13,000. */
  readonly elementsWithin: number;
  /**
   * Frames in a chunk, all tracks: lacing makes 256 of a few bytes, and each may become a message. A thousand a second
   * in the service's longest fragment.
   */
  readonly frames: number;
  /** Size of an element that Matroska does not know: it may be rubbish that looks like one. */
  readonly unknownBytes: number;
  /** What may lie between a chunk's closing tags and the next EBML header. */
  readonly trailerBytes: number;
}

export const DEFAULT_MAX_CHUNK_BYTES = 64 * 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  ebmlHeaderBytes: 1024,
  infoBytes: 64 * 1024,
  tracksBytes: 4 * 1024 * 1024,
  tagNameBytes: 4096,
  tagValueBytes: 256 * 1024,
  tagsBytes: 1024 * 1024,
  tags: 4096,
  tagDepth: 8,
  tracks: 128,
  stringBytes: 4096,
  elements: 1_000_000,
  elementsWithin: 50_000,
  frames: 20_000,
  unknownBytes: 1024 * 1024,
  trailerBytes: 1024 * 1024,
};

const MAX_UINT_BYTES = 8;

/** The largest content of each element that is kept until all of it has come, bytes, by id. */
export function contentLimits(limits: Limits, maxChunkBytes: number): ReadonlyMap<number, number> {
  return new Map([
    [EBML, limits.ebmlHeaderBytes],
    [INFO, limits.infoBytes],
    [TRACKS, limits.tracksBytes],
    [TAGS, maxChunkBytes],
    [TIMESTAMP, MAX_UINT_BYTES],
    [BLOCK_DURATION, MAX_UINT_BYTES],
  ]);
}
