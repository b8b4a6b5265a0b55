/** Parses the masters that are read as a whole: EBML header, Info, Tracks and SimpleTag. */
import { checkEbmlHeader, parseTimestampScale } from './headers';
import { EBML, INFO, SIMPLE_TAG, TRACKS } from './ids';
import type { Limits } from './limits';
import { Children, type ElementBudget, type MasterElement } from './master';
import type { OpenChunk } from './open-chunk';
import { CachedMaster } from './cached-master';
import { TagCollector } from './tags';
import { parseTracks } from './tracks';
import type { Track } from './types';

/** The elements that are read as a whole, and what a chunk learns from those that its every copy repeats. */
export class MasterParser {
  readonly tags: TagCollector;

  readonly #limits: Limits;
  readonly #budget: ElementBudget = { left: 0 };
  readonly #ebmlHeader: CachedMaster<void>;
  readonly #timestampScale = new CachedMaster(parseTimestampScale);
  readonly #tracks: CachedMaster<readonly Track[]>;

  constructor(limits: Limits) {
    this.tags = new TagCollector(limits);
    this.#limits = limits;
    this.#ebmlHeader = new CachedMaster((children) => {
      checkEbmlHeader(children, limits);
    });
    this.#tracks = new CachedMaster((children) => parseTracks(children, limits));
  }

  /** Gives the number of elements that it has read. Throws `MalformedMediaError`. */
  read(master: MasterElement, chunk: OpenChunk): number {
    const { elementsWithin } = this.#limits;
    const budget = this.#budget;
    budget.left = elementsWithin;
    switch (master.id) {
      case EBML:
        this.#ebmlHeader.parsed(master, budget);
        break;
      case INFO:
        chunk.scale = this.#timestampScale.parsed(master, budget);
        break;
      case TRACKS:
        chunk.tracks = this.#tracks.parsed(master, budget);
        break;
      default:
    }
    return elementsWithin - budget.left;
  }

  /**
   * Reads a SimpleTag. Gives the number of elements that it has read. Throws `MalformedMediaError`.
   *
   * @param bytes have its content from `from` to `to`
   * @param offset of the bytes in the response
   * @param around path of the element that it lies in
   * @param reports whether what is wrong with it will be reported
   */
  readTag(bytes: Buffer, from: number, to: number, offset: number, around: string, reports: boolean): number {
    const { elementsWithin } = this.#limits;
    const budget = this.#budget;
    budget.left = elementsWithin;
    this.tags.read(new Children(bytes, from, to, offset, SIMPLE_TAG, around, reports, budget));
    return elementsWithin - budget.left;
  }
}
