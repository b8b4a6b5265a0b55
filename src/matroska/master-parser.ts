import { checkEbmlHeader, parseTimestampScale } from './headers';
import { BLOCK_DURATION, EBML, INFO, TAGS, TIMESTAMP, TRACKS } from './ids';
import type { Limits } from './limits';
import { Children, type MasterElement } from './master';
import type { ChunkBuilder } from './chunk-builder';
import { Memoized } from './memoized';
import { parseTags, type Tag } from './tags';
import { parseTracks } from './tracks';
import type { Track } from './types';

const MAX_UINT_BYTES = 8;

/** The elements that are read as a whole, and what a chunk learns from those that its every copy repeats. */
export class MasterParser {
  readonly #limits: Limits;
  readonly #allowed: ReadonlyMap<number, number>;
  readonly #ebmlHeader: Memoized<void>;
  readonly #timestampScale = new Memoized(parseTimestampScale);
  readonly #tracks: Memoized<readonly Track[]>;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#allowed = new Map([
      [EBML, limits.ebmlHeaderBytes],
      [INFO, limits.infoBytes],
      [TRACKS, limits.tracksBytes],
      [TAGS, limits.tagsBytes],
      [TIMESTAMP, MAX_UINT_BYTES],
      [BLOCK_DURATION, MAX_UINT_BYTES],
    ]);
    this.#ebmlHeader = new Memoized((children) => {
      checkEbmlHeader(children, limits);
    });
    this.#tracks = new Memoized((children) => parseTracks(children, limits));
  }

  /** How large the element may be; Infinity for one that is passed over. */
  allowedBytes(id: number): number {
    return this.#allowed.get(id) ?? Infinity;
  }

  /** Throws `MalformedMediaError`. */
  readHeader(master: MasterElement, chunk: ChunkBuilder): void {
    switch (master.id) {
      case EBML:
        this.#ebmlHeader.parsed(master);
        break;
      case INFO:
        chunk.scale = this.#timestampScale.parsed(master);
        break;
      case TRACKS:
        chunk.tracks = this.#tracks.parsed(master);
        break;
      default:
    }
  }

  /**
   * Throws `MalformedMediaError`.
   *
   * @param before number of tags that the chunk has had already
   */
  readTags(master: MasterElement, before: number): Tag[] {
    return parseTags(Children.of(master), this.#limits, before);
  }
}
