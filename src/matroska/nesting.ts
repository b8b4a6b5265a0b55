import { UNKNOWN_SIZE } from './ebml';

/** The elements that are entered; numbers, since they are compared for every element. */
export const IN_ROOT = 0;
export const IN_SEGMENT = 1;
export const IN_CLUSTER = 2;
export const IN_GROUP = 3;

const PATHS = ['', 'Segment', 'Segment/Cluster', 'Segment/Cluster/BlockGroup'] as const;

/** Where in the tree the next element is, and where what is around it ends. */
export class Nesting {
  level = IN_ROOT;
  /** Of the innermost element around: an offset in the response, Infinity where none is known. */
  end = Infinity;
  /** Ends a Cluster at its declared size, rather than where an element begins that cannot be in it. */
  clusterIsSized = false;

  #segmentEnd = Infinity;
  #clusterEnd = Infinity;

  /** May what is open end here, between two elements? */
  get mayEnd(): boolean {
    return this.level <= IN_SEGMENT || (this.level === IN_CLUSTER && !this.clusterIsSized);
  }

  get path(): string {
    return PATHS[this.level] ?? '';
  }

  reset(): void {
    this.level = IN_ROOT;
    this.end = Infinity;
  }

  enterSegment(size: number, until: number): void {
    this.level = IN_SEGMENT;
    this.#segmentEnd = size === UNKNOWN_SIZE ? Infinity : until;
    this.end = this.#segmentEnd;
  }

  enterCluster(size: number, until: number): void {
    this.level = IN_CLUSTER;
    this.clusterIsSized = size !== UNKNOWN_SIZE;
    this.#clusterEnd = this.clusterIsSized ? until : this.#segmentEnd;
    this.end = this.#clusterEnd;
  }

  enterGroup(until: number): void {
    this.level = IN_GROUP;
    this.end = until;
  }

  leave(): void {
    switch (this.level) {
      case IN_GROUP:
        this.level = IN_CLUSTER;
        this.end = this.#clusterEnd;
        break;
      case IN_CLUSTER:
        this.level = IN_SEGMENT;
        this.end = this.#segmentEnd;
        break;
      default:
        this.reset();
    }
  }
}
