/** Where in the tree of a chunk the next element is, and where the elements around it end. */
import { UNKNOWN_SIZE } from './ebml';
import { elementName } from './ids';

/** Where in the tree the next element is; numbers when compiled, in an order that matters. */
export const enum Level {
  BETWEEN_CHUNKS,
  AFTER_HEADER,
  AFTER_SEGMENT,
  IN_SEGMENT,
  /** In the Segment of a chunk that is closed. */
  AFTER_CHUNK,
  /** Of unknown size: it ends where an element begins that cannot be in it. */
  IN_CLUSTER,
  IN_SIZED_CLUSTER,
  IN_GROUP,
  /** In a BlockGroup, after its Block. */
  AFTER_BLOCK,
  IN_TAGS,
  IN_TAG,
}

const CLUSTER_PATH = 'Segment/Cluster';
const GROUP_PATH = 'Segment/Cluster/BlockGroup';
const TAGS_PATH = 'Segment/Tags';
const PATHS = [
  '',
  '',
  '',
  'Segment',
  'Segment',
  CLUSTER_PATH,
  CLUSTER_PATH,
  GROUP_PATH,
  GROUP_PATH,
  TAGS_PATH,
  `${TAGS_PATH}/Tag`,
] as const;

/** All positions are offsets in the response; Infinity where none is known. */
export class Nesting {
  level: Level = Level.BETWEEN_CHUNKS;
  /** End of the innermost element around. */
  end = Infinity;
  /** End of the last whole element in the Segment. */
  lastChildEnd = 0;

  #segmentEnd = Infinity;
  #clusterEnd = Infinity;
  #clusterLevel: Level = Level.IN_CLUSTER;
  #tagsEnd = Infinity;
  /** Level of the open Tags element: in a Segment, before or after the end of the chunk. */
  #tagsLevel: Level = Level.IN_SEGMENT;

  /** May what is open end here, between two elements? */
  get mayEnd(): boolean {
    return this.level <= Level.IN_CLUSTER;
  }

  get isOutsideMedia(): boolean {
    return this.level <= Level.AFTER_CHUNK || this.level >= Level.IN_TAGS;
  }

  get isInCluster(): boolean {
    return this.level === Level.IN_CLUSTER || this.level === Level.IN_SIZED_CLUSTER;
  }

  get path(): string {
    return PATHS[this.level];
  }

  /** @param id of an element that begins here, where it could be read */
  pathTo(id: number | undefined): string {
    const { path } = this;
    return id === undefined ? path : `${path}${path === '' ? '' : '/'}${elementName(id)}`;
  }

  /** Where a complete chunk ends when another element, or nothing at all, comes at `next`. */
  endBefore(next: number): number {
    return this.mayEnd ? next : this.lastChildEnd;
  }

  /** No chunk is open. */
  reset(): void {
    this.level = Level.BETWEEN_CHUNKS;
    this.end = Infinity;
  }

  openChunk(): void {
    this.level = Level.AFTER_HEADER;
    this.end = Infinity;
  }

  /** The last one of a chunk's closing tags has come. */
  closeChunk(): void {
    this.level = Level.AFTER_CHUNK;
  }

  enterSegment(size: number, contentEnd: number): void {
    this.level = Level.IN_SEGMENT;
    this.#segmentEnd = size === UNKNOWN_SIZE ? Infinity : contentEnd;
    this.end = this.#segmentEnd;
  }

  enterCluster(size: number, contentEnd: number): void {
    const isSized = size !== UNKNOWN_SIZE;
    this.#clusterLevel = isSized ? Level.IN_SIZED_CLUSTER : Level.IN_CLUSTER;
    this.#clusterEnd = isSized ? contentEnd : this.#segmentEnd;
    this.level = this.#clusterLevel;
    this.end = this.#clusterEnd;
  }

  enterGroup(contentEnd: number): void {
    this.level = Level.IN_GROUP;
    this.end = contentEnd;
  }

  enterTags(contentEnd: number): void {
    this.#tagsLevel = this.level;
    this.#tagsEnd = contentEnd;
    this.level = Level.IN_TAGS;
    this.end = contentEnd;
  }

  enterTag(contentEnd: number): void {
    this.level = Level.IN_TAG;
    this.end = contentEnd;
  }

  /** A block ends here: the Block of the BlockGroup has been read. */
  passBlock(): void {
    if (this.level === Level.IN_GROUP) {
      this.level = Level.AFTER_BLOCK;
    }
  }

  /** An element that is not entered ends here. */
  passChild(end: number): void {
    if (this.level === Level.IN_SEGMENT) {
      this.lastChildEnd = end;
    }
  }

  /** @param at where the innermost element around ends */
  leave(at: number): void {
    switch (this.level) {
      case Level.IN_GROUP:
      case Level.AFTER_BLOCK:
        this.level = this.#clusterLevel;
        this.end = this.#clusterEnd;
        return;
      case Level.IN_TAG:
        this.level = Level.IN_TAGS;
        this.end = this.#tagsEnd;
        return;
      case Level.IN_TAGS:
        this.level = this.#tagsLevel;
        this.end = this.#segmentEnd;
        break;
      case Level.IN_CLUSTER:
      case Level.IN_SIZED_CLUSTER:
        this.level = Level.IN_SEGMENT;
        this.end = this.#segmentEnd;
        break;
      default:
        this.level = this.level === Level.IN_SEGMENT ? Level.AFTER_SEGMENT : Level.BETWEEN_CHUNKS;
        this.end = Infinity;
    }
    this.lastChildEnd = at;
  }
}
