/** Parses the masters that are read as a whole: EBML header, Info, Tracks and Tags. */
import { checkEbmlHeader, parseTimestampScale } from './headers';
import { EBML, INFO, TRACKS } from './ids';
import type { Limits } from './limits';
import { Children, type MasterElement } from './master';
import type { ChunkBuilder } from './chunk-builder';
import { Memoized } from './memoized';
import { parseTags, type Tag } from './tags';
import { parseTracks } from './tracks';
import type { Track } from './types';

/** The elements that are read as a whole, and what a chunk learns from those that its every copy repeats. */
export class MasterParser {
  readonly #limits: Limits;
  readonly #ebmlHeader: Memoized<void>;
  readonly #timestampScale = new Memoized(parseTimestampScale);
  readonly #tracks: Memoized<readonly Track[]>;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#ebmlHeader = new Memoized((children) => {
      checkEbmlHeader(children, limits);
    });
    this.#tracks = new Memoized((children) => parseTracks(children, limits));
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
