/**
 * Takes a Matroska stream apart as it arrives: its header, the Clusters, the blocks, byte for byte. Memory is bounded
 * by the largest element that has to be seen whole. RFC 8794 (EBML), RFC 9559 (Matroska).
 */
import { HEADER_CHILDREN, ID, SEGMENT_CHILDREN } from '../media';
import { IngestError } from './ingest-error';
import { blockOf, headAt, headerOf, ticksOf, type Block, type Header } from './matroska-parts';

/** Receives what comes, in its order. What it throws, `push` throws. */
export interface SplitterHandler {
  header(header: Header): void;
  /** A Cluster begins; `head` is its id and size. */
  cluster(head: Buffer): void;
  /** The Cluster's time; it comes before the Cluster's first block. */
  timecode(ticks: number, bytes: Buffer): void;
  block(block: Block): void;
  /** Another child of the Cluster. */
  clusterChild(bytes: Buffer): void;
  /** Tags or Cues after a Cluster. */
  trailer(id: number, bytes: Buffer): void;
  /** The Cluster is complete: its announced size is reached, or what follows cannot be in it. */
  clusterEnd(): void;
}

/** A fragment may have 50 MB, so no block may have more. */
const LARGEST_BLOCK = 50 * 1000 * 1000;
/** Codec private data may have 1 MiB; this holds three tracks of it. */
const LARGEST_HEADER = 4 * 1024 * 1024;
/** Tags, Void and the like. */
const LARGEST_OTHER = 256 * 1024;
/** An id of four bytes and a size of eight. */
const LONGEST_HEAD = 12;

export class MatroskaSplitter {
  readonly #handler: SplitterHandler;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Nothing can be done before so many bytes are there. */
  #need = 1;
  /** Bytes of an element to skip. */
  #skip = 0;
  /** Bytes taken in before the first of `#chunks`. */
  #position = 0;
  #level: 'top' | 'segment' | 'cluster' = 'top';
  #segmentEnd = Infinity;
  #clusterEnd = Infinity;
  #hasTimecode = false;
  #ebml: Buffer | undefined;
  /** The header so far; undefined once it has been handed over. */
  #before: { id: number; bytes: Buffer }[] | undefined;
  #beforeLength = 0;
  /** There has been a Cluster. */
  #hasMedia = false;

  constructor(handler: SplitterHandler) {
    this.#handler = handler;
  }

  /** Whether the stream may end here: between two elements, and in no Cluster that has more to come. */
  get atBoundary(): boolean {
    return (
      this.#length === 0 && this.#skip === 0 && (this.#level !== 'cluster' || this.#clusterEnd === Infinity)
    );
  }

  /** Bytes that wait for the rest of their element. */
  get pending(): number {
    return this.#length;
  }

  /** @throws {IngestError} if the bytes cannot be Matroska, or what the handler throws */
  push(bytes: Buffer): void {
    this.#keep(bytes);
    if (this.#length < this.#need) {
      return;
    }
    const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? bytes) : Buffer.concat(this.#chunks);
    let offset = 0;
    while (offset < all.length) {
      this.#leaveFinished(this.#position + offset);
      const used = this.#element(all, offset);
      if (used === undefined) {
        break;
      }
      offset += used;
    }
    const rest = Math.min(offset, all.length);
    this.#position += rest;
    this.#skip = offset - rest;
    this.#length = all.length - rest;
    this.#chunks = this.#length === 0 ? [] : [all.subarray(rest)];
    this.#leaveFinished(this.#position);
  }

  /** No more will come. @throws {IngestError} if the stream cannot end here */
  end(): void {
    if (!this.atBoundary) {
      throw new IngestError(4006, 'The stream ends in the middle of an element.');
    }
    if (!this.#hasMedia || this.#before !== undefined) {
      throw new IngestError(4006, 'The stream ends before its first Cluster: there is no media in it.');
    }
    this.#leaveCluster();
  }

  /** Keeps what is not skipped. Neighbours are merged as they grow, so a flood of tiny pieces costs no more than its bytes. */
  #keep(bytes: Buffer): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#position += skipped;
    let last = bytes.subarray(skipped);
    this.#length += last.length;
    for (let before = this.#chunks.at(-1); before !== undefined; before = this.#chunks.at(-1)) {
      if (before.length > last.length) {
        break;
      }
      last = Buffer.concat([before, last]);
      this.#chunks.pop();
    }
    if (last.length > 0) {
      this.#chunks.push(last);
    }
  }

  /** Handles the element at `offset`. Returns its length (what is past the end is skipped as it comes), or undefined if too little is there. */
  #element(all: Buffer, offset: number): number | undefined {
    const left = all.length - offset;
    const head = headAt(all, offset, this.#level === 'top');
    if (head === undefined) {
      this.#need = Math.min(left + 1, LONGEST_HEAD);
      return undefined;
    }
    const { id, size, length } = head;
    if (this.#level === 'cluster' && this.#endsCluster(id)) {
      this.#leaveCluster();
    }
    if (this.#level === 'segment' && id === ID.EBML) {
      this.#leaveSegment();
    }
    if (this.#level === 'segment' && id === ID.Cluster) {
      this.#enterCluster(all.subarray(offset, offset + length), size, this.#position + offset + length);
      return length;
    }
    if (this.#level === 'top' && id === ID.Segment) {
      this.#enterSegment(size, this.#position + offset + length);
      return length;
    }
    if (size === undefined) {
      throw new IngestError(
        4006,
        `The size of element 0x${id.toString(16)} is unknown, which only a Segment's and a Cluster's may be.`,
      );
    }
    const total = length + size;
    if (this.#level === 'cluster' && this.#position + offset + total > this.#clusterEnd) {
      throw new IngestError(4006, 'An element reaches beyond the end of its Cluster.');
    }
    if (!this.#wanted(id, size)) {
      this.#need = 1;
      return total;
    }
    if (left < total) {
      this.#need = total;
      return undefined;
    }
    this.#need = 1;
    this.#take(id, all.subarray(offset, offset + total), length);
    return total;
  }

  /** Whether an element has to be seen whole. @throws {IngestError} if it is larger than can be held */
  #wanted(id: number, size: number): boolean {
    if (this.#level === 'top') {
      if (id === ID.Void) {
        return false;
      }
      if (id !== ID.EBML) {
        throw new IngestError(4006, 'After an EBML header there has to be a Segment.');
      }
      return limited(size, LARGEST_OTHER, 'The EBML header', 4006);
    }
    if (this.#level === 'cluster') {
      const isBlock = id === ID.SimpleBlock || id === ID.BlockGroup;
      return isBlock
        ? limited(size, LARGEST_BLOCK, 'A block', 4001)
        : limited(size, LARGEST_OTHER, 'An element of a Cluster', 4006);
    }
    if (this.#before === undefined) {
      return id === ID.Tags
        ? limited(size, LARGEST_OTHER, 'A Tags element', 4009)
        : id === ID.Cues && size <= LARGEST_OTHER;
    }
    if (id === ID.Info || id === ID.Tracks || id === ID.Tags) {
      return limited(this.#beforeLength + size, LARGEST_HEADER, "The Segment's header", 4006);
    }
    return HEADER_CHILDREN.has(id) && size <= LARGEST_OTHER && this.#beforeLength + size <= LARGEST_HEADER;
  }

  #take(id: number, bytes: Buffer, head: number): void {
    if (this.#level === 'top') {
      this.#ebml = Buffer.from(bytes);
    } else if (this.#level === 'segment') {
      if (this.#before === undefined) {
        this.#handler.trailer(id, bytes);
      } else {
        this.#before.push({ id, bytes: Buffer.from(bytes) });
        this.#beforeLength += bytes.length;
      }
    } else if (id === ID.Timecode) {
      this.#hasTimecode = true;
      this.#handler.timecode(ticksOf(bytes, head), bytes);
    } else if (id === ID.SimpleBlock || id === ID.BlockGroup) {
      if (!this.#hasTimecode) {
        throw new IngestError(4006, 'A Cluster has a block before its Timecode.');
      }
      this.#handler.block(blockOf(id, bytes, head));
    } else {
      this.#handler.clusterChild(bytes);
    }
  }

  #enterSegment(size: number | undefined, at: number): void {
    if (this.#ebml === undefined) {
      throw new IngestError(4006, 'There is no EBML header, so this is neither Matroska nor WebM.');
    }
    this.#level = 'segment';
    this.#segmentEnd = size === undefined ? Infinity : at + size;
    this.#before = [];
    this.#beforeLength = 0;
    this.#need = 1;
  }

  #enterCluster(head: Buffer, size: number | undefined, at: number): void {
    if (this.#before !== undefined) {
      this.#handler.header(headerOf(this.#ebml ?? Buffer.alloc(0), this.#before));
      this.#before = undefined;
    }
    this.#hasMedia = true;
    this.#level = 'cluster';
    this.#clusterEnd = size === undefined ? Infinity : at + size;
    this.#hasTimecode = false;
    this.#need = 1;
    this.#handler.cluster(head);
  }

  #endsCluster(id: number): boolean {
    return this.#clusterEnd === Infinity && (SEGMENT_CHILDREN.has(id) || id === ID.EBML);
  }

  /** Closes what ends at a position by its announced size. */
  #leaveFinished(position: number): void {
    if (this.#level === 'cluster' && position >= Math.min(this.#clusterEnd, this.#segmentEnd)) {
      this.#leaveCluster();
    }
    if (this.#level === 'segment' && position >= this.#segmentEnd) {
      this.#leaveSegment();
    }
  }

  #leaveCluster(): void {
    if (this.#level === 'cluster') {
      this.#level = 'segment';
      this.#handler.clusterEnd();
    }
  }

  #leaveSegment(): void {
    if (this.#before !== undefined) {
      throw new IngestError(4006, 'A Segment ends before its first Cluster: there is no media in it.');
    }
    this.#level = 'top';
    this.#segmentEnd = Infinity;
  }
}

function limited(size: number, most: number, what: string, errorId: 4001 | 4006 | 4009): true {
  if (size > most) {
    throw new IngestError(errorId, `${what} has ${size} bytes; ${most} are the most.`);
  }
  return true;
}
