/** Builds the open chunk from its elements, and reports it and what is in it, in the right order. */
import { BlockGroup } from './block-group';
import { BlockReader } from './block-reader';
import { ChunkBuilder } from './chunk-builder';
import type { ChunkMemory } from './chunk-memory';
import { READ, UNKNOWN_SIZE } from './ebml';
import type { ElementScanner } from './element-scanner';
import { malformedOnly, type MalformedMediaError } from './errors';
import type { ReaderEvents } from './events';
import { BLOCK, BLOCK_DURATION, SIMPLE_TAG, TAGS, TIMESTAMP, TRACKS } from './ids';
import { inBandError } from './in-band-error';
import type { Input } from './input';
import type { Limits } from './limits';
import { readUint } from './master';
import { MasterParser } from './master-parser';
import type { Chunk, ChunkHead, TruncatedChunk } from './types';
import { Violation } from './violations';

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
  #chunk = new ChunkBuilder(0);
  readonly #group = new BlockGroup();
  readonly #blocks: BlockReader;
  readonly #masters: MasterParser;
  /** Offset of the content of the current Tags element. */
  #tagsStart = 0;

  constructor(
    private readonly events: ReaderEvents,
    private readonly input: Input,
    private readonly memory: ChunkMemory,
    private readonly limits: Limits,
    /** Whether a chunk is given with its bytes. */
    private readonly givesData: boolean,
  ) {
    this.#blocks = new BlockReader(events);
    this.#masters = new MasterParser(limits);
  }

  /** Has the open chunk had a closing tag? */
  get isComplete(): boolean {
    return this.isOpen && this.#chunk.isComplete;
  }

  /** Has the open chunk had the tag after which nothing can follow? */
  get isAtEnd(): boolean {
    return this.isOpen && this.#chunk.hasContinuationToken;
  }

  get head(): ChunkHead {
    return this.#chunk.head();
  }

  /** Offset of the current BlockGroup. */
  get groupStart(): number {
    return this.#group.start;
  }

  open(start: number): void {
    this.#chunk = new ChunkBuilder(start);
    this.#masters.tags.openChunk();
    this.isOpen = true;
    this.start = start;
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
    if (!this.#chunk.isComplete && (needsClosingTags || !lacksOnlyClosingTags)) {
      return { truncated: this.#chunk.toTruncated(truncatedEnd - this.start, lacksOnlyClosingTags) };
    }
    const chunk = this.#chunk.toChunk(this.#dataUpTo(end), end - this.start);
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
    if (!this.#chunk.hasCluster) {
      const head = this.#chunk.startMedia();
      this.events.head?.(head);
    }
  }

  /** A Tags element begins. */
  startTags({ contentStart }: ElementScanner): void {
    this.#tagsStart = contentStart;
    this.#masters.tags.begin();
  }

  /** A BlockGroup begins. */
  startGroup({ start, contentStart }: ElementScanner): void {
    this.#group.begin(start, contentStart);
  }

  /** The group's frames depend on other ones. */
  addReference(): void {
    this.#group.isKeyframe = false;
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
    const bytes = this.input.bytes(contentStart, contentEnd);
    const chunk = this.#chunk;
    if (id === TRACKS && this.isOpen) {
      this.events.master?.(id, bytes);
      if (this.isStopped) {
        return undefined;
      }
    }
    if (id === TIMESTAMP) {
      chunk.startCluster(readUint(bytes, 0, bytes.length));
      return undefined;
    }
    if (id === BLOCK_DURATION) {
      this.#group.duration = Number(readUint(bytes, 0, bytes.length));
      return undefined;
    }
    const master = { id, bytes, offset: contentStart, around: path, reports };
    try {
      this.elementsWithin = this.#masters.read(master, chunk);
      return undefined;
    } catch (error) {
      return malformedOnly(error);
    }
  }

  /** Of what a SimpleTag has there are no views, since there are several for every chunk. */
  #takeTag(start: number, end: number, path: string, reports: boolean): MalformedMediaError | undefined {
    const { input } = this;
    const isInSlice = start >= input.base;
    const bytes = isInSlice ? input.slice : input.bytes(start, end);
    const offset = isInSlice ? input.base : start;
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
      this.events.master?.(TAGS, this.input.bytes(this.#tagsStart, end));
      if (this.isStopped) {
        return;
      }
      this.#chunk.addTags(tags);
    }
    const error = inBandError(tags.service, this.isOpen ? this.#chunk : undefined);
    if (error !== undefined) {
      this.events.inBandError(error);
    }
  }

  /** The last byte of a SimpleBlock or Block has come. Gives the violation that it is, if it is one. */
  takeBlock({ id, contentStart, contentEnd }: ElementScanner): Violation {
    const { header } = this.#blocks;
    const block = this.input.bytes(contentStart, contentEnd);
    if (header.read(block, 0, block.length) !== READ) {
      return Violation.UNREADABLE_BLOCK;
    }
    if (this.#chunk.frames + header.frames > this.limits.frames) {
      return Violation.TOO_MANY_FRAMES;
    }
    if (id === BLOCK) {
      // Whether it is a key frame, and how long it lasts, may stand after it in the group.
      this.#group.blockStart = contentStart;
      this.#group.blockEnd = contentEnd;
      return Violation.NONE;
    }
    return this.#blocks.finishSimpleBlock(this.#chunk, block)
      ? Violation.NONE
      : Violation.LACED_FRAMES_DO_NOT_FILL;
  }

  /**
   * A BlockGroup with a Block ends. Gives the violation that it is, if it is one.
   *
   * @param end offset of its end
   */
  takeGroup(end: number): Violation {
    const group = this.#group;
    const { contentStart, blockStart, blockEnd } = group;
    const isRead = this.#blocks.wantsFrames || this.#blocks.header.laced;
    const content = isRead ? this.input.bytes(contentStart, end) : EMPTY;
    const block = content.subarray(blockStart - contentStart, blockEnd - contentStart);
    return this.#blocks.finishGroup(this.#chunk, group, content, block)
      ? Violation.NONE
      : Violation.LACED_FRAMES_DO_NOT_FILL;
  }

  /**
   * Takes the plain blocks that come next, and gives their number.
   *
   * @param end offset up to which a block may reach
   * @param maxBlocks so many at most
   */
  takePlainBlocks(end: number, maxBlocks: number): number {
    const { slice, base, pos } = this.input;
    const chunk = this.#chunk;
    const { frames } = chunk;
    this.input.pos = this.#blocks.readPlain(
      slice,
      pos,
      Math.min(slice.length, end - base),
      chunk,
      Math.min(maxBlocks, this.limits.frames - frames),
    );
    return chunk.frames - frames;
  }

  /** Whether to take no further plain block for now. */
  suspend(suspended: boolean): void {
    this.#blocks.suspend(suspended);
  }

  /** Reports nothing further. */
  stop(): void {
    this.isStopped = true;
    this.#blocks.stop();
  }

  #dataUpTo(end: number): Buffer {
    return this.givesData ? (this.input.claim(this.start, end) ?? this.input.joined(this.start, end)) : EMPTY;
  }
}
