/**
 * Takes the elements of the chunk that is open and reports its events in the right order. What has been read of that
 * chunk is in `open-chunk`. Whether the chunk is complete is decided in three steps:
 *
 * 1. `takeTags` gives its tags to `OpenChunk.addTags`, which notes the closing tags that the service sends after media.
 * 2. With the last possible one (`isAtEnd`), `chunk-parser` closes the chunk at once. Else `chunk-boundaries` closes it:
 *    at the next EBML header, at damage, or at the end of the response. Stored media, which have no closing tags, always
 *    end like that.
 * 3. `close` decides: the chunk is complete if it has a closing tag, or if it needs none and ends with a whole element.
 *    Else it is truncated.
 */
import type { ChunkBlocks } from './chunk-blocks';
import { OpenChunk } from './open-chunk';
import type { ChunkMemory } from './chunk-memory';
import { UNKNOWN_SIZE } from './ebml';
import type { ElementScanner } from './element-scanner';
import { malformedOnly, type MalformedMediaError } from './errors';
import type { ReaderEvents } from './events';
import { BLOCK_DURATION, SIMPLE_TAG, TAGS, TIMESTAMP, TRACKS } from './ids';
import { inBandError } from './in-band-error';
import type { ByteWindow } from './byte-window';
import type { Limits } from './limits';
import { readUint } from './master';
import { MasterParser } from './master-parser';
import type { Chunk, ChunkHead, TruncatedChunk } from './types';

const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);
/** What the tags after a Cluster mostly take. */
const TRAILER_BYTES = 1024;

/** What has become of the chunk that was open: the one or the other. */
export interface EndedChunk {
  readonly chunk?: Chunk;
  readonly truncated?: TruncatedChunk;
}

const NOTHING: EndedChunk = {};

export class ChunkAssembler {
  isOpen = false;
  /** No further event is reported. */
  isStopped = false;
  /** Offset in the response of the open chunk or, where none is open, of what follows the last one. */
  start = 0;
  /** Elements within the last one that was read as a whole. */
  elementsWithin = 0;

  /** The open chunk, or the last one that was. */
  chunk = new OpenChunk(0);
  /** Offset of the content of the current Tags element. */
  tagsStart = 0;

  /** Whether all of it is kept, so that all of it can be read again. */
  #keepsAll = true;
  readonly #masters: MasterParser;

  constructor(
    private readonly events: ReaderEvents,
    private readonly input: ByteWindow,
    private readonly memory: ChunkMemory,
    private readonly blocks: ChunkBlocks,
    limits: Limits,
    /** Whether a chunk is given with its bytes. */
    private readonly givesData: boolean,
    /** Whether to keep what has been reported of a chunk; asked for each one when its media begin. */
    private readonly keepsFrames: () => boolean,
  ) {
    this.#masters = new MasterParser(limits);
  }

  /** Has a closing tag of the open chunk been read? */
  get hasClosingTag(): boolean {
    return this.isOpen && this.chunk.hasClosingTag;
  }

  /** Has the last possible closing tag of the open chunk been read? */
  get isAtEnd(): boolean {
    return this.isOpen && this.chunk.hasContinuationToken;
  }

  /**
   * Whether all of the open chunk is kept, and can be read again after damage. Else it is the outermost element that has
   * not ended, below those of the Segment and the Cluster.
   */
  get keepsAll(): boolean {
    return this.#keepsAll || !this.isOpen;
  }

  get head(): ChunkHead {
    return this.chunk.head();
  }

  open(start: number): void {
    this.chunk = new OpenChunk(start);
    this.#masters.tags.openChunk();
    this.isOpen = true;
    this.#keepsAll = true;
    this.start = start;
    this.memory.expectFrame(undefined);
    this.input.discardBefore(start);
  }

  /** Forgets the open chunk. */
  discard(): void {
    this.isOpen = false;
  }

  /**
   * Ends the open chunk, which `report` then reports; nothing if there is none.
   *
   * @param end byte offset of its end if it is complete
   * @param truncatedEnd byte offset of its end if it is truncated
   * @param lacksOnlyClosingTags whether a whole element ends at `truncatedEnd`
   * @param needsClosingTags whether a chunk without closing tags counts as truncated
   */
  close(
    end: number,
    truncatedEnd: number,
    lacksOnlyClosingTags: boolean,
    needsClosingTags = true,
  ): EndedChunk {
    if (!this.isOpen) {
      return NOTHING;
    }
    this.isOpen = false;
    if (!this.chunk.hasClosingTag && (needsClosingTags || !lacksOnlyClosingTags)) {
      return { truncated: this.chunk.toTruncated(truncatedEnd - this.start, lacksOnlyClosingTags) };
    }
    const chunk = this.chunk.toChunk(this.#dataUpTo(end), end - this.start);
    this.start = end;
    return { chunk };
  }

  /** Reports a chunk that has ended, and between or after that the error that ended it. */
  report({ chunk, truncated }: EndedChunk, error?: MalformedMediaError): void {
    if (chunk !== undefined) {
      this.events.chunk(chunk);
    }
    if (error !== undefined && !this.isStopped) {
      this.events.malformed(error);
    }
    if (truncated !== undefined && !this.isStopped) {
      this.events.truncated(error === undefined ? truncated : { ...truncated, isMalformed: true });
    }
  }

  /** A Cluster begins. */
  startCluster({ size, contentEnd }: ElementScanner): void {
    this.memory.expect(size === UNKNOWN_SIZE ? undefined : contentEnd - this.start + TRAILER_BYTES);
    if (!this.chunk.hasCluster) {
      const head = this.chunk.startMedia();
      this.events.head?.(head);
      this.#keepsAll = this.givesData || this.keepsFrames();
    }
  }

  /** A Tags element begins. */
  startTags({ contentStart }: ElementScanner): void {
    this.tagsStart = contentStart;
    this.#masters.tags.begin();
  }

  /**
   * Takes the content of an element that is read as a whole. Gives what is wrong with it.
   *
   * @param path of the element around, for the error
   * @param reports whether the error will be reported
   */
  take(
    { id, contentStart, contentEnd }: ElementScanner,
    path: string,
    reports: boolean,
  ): MalformedMediaError | undefined {
    this.elementsWithin = 0;
    if (id === SIMPLE_TAG) {
      return this.#takeTag(contentStart, contentEnd, path, reports);
    }
    const chunk = this.chunk;
    if (id === TIMESTAMP) {
      chunk.startCluster(this.#uint(contentStart, contentEnd));
      return undefined;
    }
    if (id === BLOCK_DURATION) {
      this.blocks.setDuration(Number(this.#uint(contentStart, contentEnd)));
      return undefined;
    }
    if (id === TRACKS && this.isOpen) {
      this.events.master?.(id, this.input.bytes(contentStart, contentEnd));
      if (this.isStopped) {
        return undefined;
      }
    }
    const bytes = this.input.around(contentStart, contentEnd);
    const offset = this.input.aroundStart(contentStart);
    const master = {
      id,
      bytes,
      from: contentStart - offset,
      to: contentEnd - offset,
      offset,
      around: path,
      reports,
    };
    try {
      this.elementsWithin = this.#masters.read(master, chunk);
      return undefined;
    } catch (error) {
      return malformedOnly(error);
    }
  }

  #uint(start: number, end: number): bigint {
    const offset = this.input.aroundStart(start);
    return readUint(this.input.around(start, end), start - offset, end - offset);
  }

  #takeTag(start: number, end: number, path: string, reports: boolean): MalformedMediaError | undefined {
    const bytes = this.input.around(start, end);
    const offset = this.input.aroundStart(start);
    try {
      this.elementsWithin = this.#masters.readTag(bytes, start - offset, end - offset, offset, path, reports);
      return undefined;
    } catch (error) {
      return malformedOnly(error);
    }
  }

  /** @param end offset at which the current Tags element ends */
  takeTags(end: number): void {
    const { tags } = this.#masters;
    if (this.isOpen) {
      this.events.master?.(TAGS, this.input.bytes(this.tagsStart, end));
      if (this.isStopped) {
        return;
      }
      this.chunk.addTags(tags);
    }
    const error = inBandError(tags.service, this.isOpen ? this.chunk : undefined);
    if (error !== undefined) {
      this.events.inBandError(error);
    }
  }

  /** Reports nothing further. */
  stop(): void {
    this.isStopped = true;
    this.blocks.stop();
  }

  #dataUpTo(end: number): Buffer {
    return this.givesData ? (this.input.claim(this.start, end) ?? this.input.joined(this.start, end)) : EMPTY;
  }
}
