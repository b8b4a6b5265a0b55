import { BlockReader } from './block-reader';
import type { ChunkMemory } from './chunk-memory';
import { ElementHeader, INCOMPLETE, MAX_ELEMENT_HEADER_BYTES, READ, UNKNOWN_SIZE } from './ebml';
import { ChunkTooLargeError, MalformedMediaError } from './errors';
import {
  BLOCK,
  BLOCK_DURATION,
  BLOCK_GROUP,
  CLUSTER,
  EBML,
  elementName,
  GLOBAL,
  INFO,
  isKnown,
  LEVEL_1,
  REFERENCE_BLOCK,
  SEGMENT,
  SIMPLE_BLOCK,
  TAGS,
  TIMESTAMP,
  TRACKS,
} from './ids';
import { inBandError } from './in-band-error';
import type { Input } from './input';
import type { Limits } from './limits';
import { readUint, type MasterElement } from './master';
import { MasterParser } from './master-parser';
import { IN_CLUSTER, IN_GROUP, IN_ROOT, IN_SEGMENT, Nesting } from './nesting';
import { ChunkBuilder } from './chunk-builder';
import { findEbmlHeader, hasEbmlHeader, mayBeginEbmlHeader } from './ebml-header-search';
import type { Tag } from './tags';
import type { ReaderEvents } from './events';
import type { Chunk } from './types';

/** What the next byte is; numbers, since they are compared for every element. */
const AT_ELEMENT = 0;
const IN_BLOCK = 1;
const COLLECTING = 2;
const SKIPPING = 3;
const SEARCHING = 4;
const ENDED = 5;

/** In place of a position in the slice: all of it is read; it is to be left as it is; there is none. */
const USED = -1;
const LEFT = -2;
const NOWHERE = -3;

const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);

/** What the tags behind a Cluster mostly take. */
const TRAILER_BYTES = 1024;

export interface ElementReaderOptions {
  readonly limits: Limits;
  readonly maxChunkBytes: number;
  readonly chunkData: boolean;
}

/**
 * Reads the slice at hand. Element headers are read in place in the slice, content is passed over; a slice that is used
 * up is copied into the memory of the chunk, which is handed out when it is whole, or else used for the next one. All
 * state is in plain fields and all positions are numbers, so that nothing is allocated for an element.
 */
export class ElementReader {
  readonly #events: ReaderEvents;
  readonly #limits: Limits;
  readonly #maxChunkBytes: number;
  readonly #memory: ChunkMemory;
  readonly #givesData: boolean;
  readonly #masters: MasterParser;

  #state = AT_ELEMENT;
  /** All positions are offsets in the response, but for `pos`, which is one in the slice at hand. */
  readonly #input: Input;
  readonly #nesting = new Nesting();
  readonly #blocks: BlockReader;
  #suspended = false;

  /** The header at `#at` begins in an earlier slice, and is not all there yet. */
  #isPending = false;

  /** The current element: its first byte, its content, and the end of it. */
  readonly #header = new ElementHeader();
  #id = 0;
  #at = 0;
  #content = 0;
  #until = 0;
  /** The current BlockGroup: where it begins, where its content does, and where its Block's content begins and ends. */
  #groupStart = 0;
  #groupContent = 0;
  #blockStart = 0;
  #blockEnd = 0;

  #chunk = new ChunkBuilder(0);
  #open = false;
  /** Of the chunk, or, where none is open, of what lies behind the last one. */
  #start = 0;
  /** End of the last complete element in the Segment. */
  #complete = 0;
  /** In a run of rubbish or of a chunk too large, of which has been told. */
  #reported = false;
  #searchFrom = 0;

  constructor(
    events: ReaderEvents,
    { limits, maxChunkBytes, chunkData }: ElementReaderOptions,
    memory: ChunkMemory,
    input: Input,
  ) {
    this.#events = events;
    this.#masters = new MasterParser(limits);
    this.#limits = limits;
    this.#maxChunkBytes = maxChunkBytes;
    this.#memory = memory;
    this.#givesData = chunkData;
    this.#input = input;
    this.#blocks = new BlockReader(events);
  }

  get ended(): boolean {
    return this.#state === ENDED;
  }

  /** Whether to stop before the next block or element; the rest of the slice at hand is then the next slice. */
  suspend(suspended: boolean): void {
    this.#suspended = suspended;
    this.#blocks.suspend(suspended);
  }

  /** The response is over and all of it is read: reports what is still open. */
  finish(): void {
    const chunk = this.#chunk;
    const silent = this.#reported;
    const received = this.#input.received;
    const pending = this.#isPending ? this.#input.joined(this.#at, received) : undefined;
    const isBetween = this.#state === AT_ELEMENT && pending === undefined;
    const end = this.#endAt(isBetween ? received : this.#at);
    const whole = this.#open && chunk.isComplete ? this.#toChunk(end) : undefined;
    this.stop();
    if (whole !== undefined) {
      this.#events.chunk(whole);
    } else if (silent) {
      return;
    } else if (this.#open) {
      this.#events.cut(chunk.toCut(received - this.#start, isBetween && this.#nesting.mayEnd));
    } else if (pending !== undefined && mayBeginEbmlHeader(pending)) {
      this.#events.cut(new ChunkBuilder(this.#at).toCut(pending.length, false));
    } else if (pending !== undefined && this.#nesting.level === IN_ROOT) {
      this.#events.malformed(this.#malformed('the response ends within an element that is none', undefined));
    }
  }

  /** Ends the reader without another callback; from within one, too. */
  stop(): void {
    this.#state = ENDED;
    this.#input.release();
    this.#blocks.stop();
  }

  /**
   * Has an element that is passed over, or collected, a chunk in it? Nothing that stands outside of media has; its size
   * is wrong. Within media an EBML header may be anything, and the chunk is told of as cut anyway.
   */
  get hasSwallowed(): boolean {
    return (
      (this.#state === SKIPPING || this.#state === COLLECTING) &&
      (this.#nesting.level === IN_ROOT || this.#nesting.level === IN_SEGMENT) &&
      hasEbmlHeader(this.#input.bytes(this.#content, this.#input.received))
    );
  }

  /** What was swallowed is to be read again. */
  failSwallowed(): void {
    this.#fail('the response ends within an element that has swallowed an EBML header', this.#id);
  }

  /** Reads the slice at hand. */
  read(): void {
    let pos = 0;
    while (pos >= 0) {
      if (this.#suspended) {
        this.#input.split(pos);
        pos = USED;
        break;
      }
      switch (this.#state) {
        case AT_ELEMENT:
          pos = this.#readElements(pos);
          break;
        case SEARCHING:
          pos = this.#search(pos);
          break;
        case ENDED:
          return;
        default:
          pos = this.#readContent();
      }
    }
    if (pos === USED) {
      // All of what is open: it may have to be joined, and searched where it is damaged.
      this.#input.settle(this.#state === SEARCHING ? Infinity : this.#start);
    }
  }

  /** Steps from element to element, as long as each lies in the slice or is entered. */
  #readElements(from: number): number {
    const { slice, base } = this.#input;
    const header = this.#header;
    let pos = from;
    if (this.#isPending) {
      pos = this.#readPendingElement();
      if (pos < 0 || this.#state !== AT_ELEMENT) {
        return pos;
      }
    }
    for (;;) {
      if (this.#nesting.level === IN_CLUSTER) {
        pos = this.#readPlainBlocks(pos);
        if (this.#ended() || this.#suspended) {
          return this.#ended() ? LEFT : pos;
        }
      }
      if (base + pos >= this.#nesting.end) {
        pos = this.#leave(pos);
      } else {
        const outcome = header.read(slice, pos, slice.length);
        this.#at = base + pos;
        if (outcome === READ) {
          pos = this.#begin(pos + header.length);
        } else if (outcome === INCOMPLETE) {
          this.#isPending = pos < slice.length;
          return USED;
        } else {
          return this.#fail('an element begins that cannot be read', undefined);
        }
      }
      if (pos < 0 || this.#state !== AT_ELEMENT || this.#suspended) {
        return pos;
      }
    }
  }

  /** As far as no limit is met: what comes then has to be told of. */
  #readPlainBlocks(pos: number): number {
    const { slice, base } = this.#input;
    const room = Math.min(this.#nesting.end, this.#start + this.#maxChunkBytes) - base;
    return this.#blocks.readPlain(slice, pos, Math.min(slice.length, room), this.#chunk, this.#limits);
  }

  #readPendingElement(): number {
    const { received, base } = this.#input;
    const bytes = this.#input.bytes(this.#at, Math.min(this.#at + MAX_ELEMENT_HEADER_BYTES, received));
    const outcome = this.#header.read(bytes, 0, bytes.length);
    if (outcome === INCOMPLETE) {
      return USED;
    }
    this.#isPending = false;
    return outcome === READ
      ? this.#begin(this.#at + this.#header.length - base)
      : this.#fail('an element begins that cannot be read', undefined);
  }

  /** An element's header has been read, and its content begins at `pos` of the slice. */
  #begin(pos: number): number {
    const { id, size } = this.#header;
    const content = this.#input.base + pos;
    const until = size === UNKNOWN_SIZE ? content : content + size;
    this.#id = id;
    this.#content = content;
    this.#until = until;
    if (size === UNKNOWN_SIZE && id !== SEGMENT && id !== CLUSTER) {
      return this.#fail('an element of unknown size, where the size must be known', id);
    }
    if (id === EBML) {
      return this.#beginChunk();
    }
    if (until > this.#nesting.end) {
      return this.#fail('an element that reaches beyond the end of its parent', id);
    }
    if (this.#nesting.level === IN_ROOT) {
      return this.#beginInRoot(pos);
    }
    const far = until - this.#start;
    if (this.#open) {
      if (++this.#chunk.elements > this.#limits.elements) {
        return this.#fail(`more than ${this.#limits.elements} elements in a chunk`, id);
      }
      if (far > this.#maxChunkBytes) {
        return this.#tooLarge(far);
      }
    } else if (far > this.#limits.trailerBytes) {
      return this.#fail(`more than ${this.#limits.trailerBytes} bytes behind a chunk's closing tags`, id);
    }
    switch (this.#nesting.level) {
      case IN_CLUSTER:
        return id === SIMPLE_BLOCK ? this.#beginBlock() : this.#beginInCluster(pos);
      case IN_GROUP:
        return this.#beginInGroup();
      default:
        return this.#beginInSegment(pos);
    }
  }

  /** An EBML header ends whatever is open, wherever it stands. */
  #beginChunk(): number {
    const at = this.#at;
    const chunk = this.#chunk;
    if (this.#open && !chunk.hasSegment) {
      return this.#fail('an EBML header where a Segment must follow one', EBML);
    }
    if (this.#open && chunk.isComplete) {
      this.#open = false;
      this.#events.chunk(this.#toChunk(this.#endAt(at)));
    } else if (this.#open) {
      const cut = chunk.toCut(at - this.#start, this.#nesting.mayEnd);
      const next = this.#goBack();
      this.#open = false;
      this.#events.cut(cut);
      if (next !== NOWHERE) {
        return this.#ended() ? LEFT : next;
      }
    }
    if (this.#ended()) {
      return LEFT;
    }
    this.#chunk = new ChunkBuilder(at);
    this.#open = true;
    this.#start = at;
    this.#nesting.reset();
    this.#input.dropBefore(at);
    return this.#collect();
  }

  /** Outside a Segment. */
  #beginInRoot(pos: number): number {
    const id = this.#id;
    const chunk = this.#chunk;
    if (id === SEGMENT && this.#open && !chunk.hasSegment) {
      chunk.hasSegment = true;
      this.#reported = false;
      this.#nesting.enterSegment(this.#header.size, this.#until);
      return pos;
    }
    const room = this.#open ? this.#maxChunkBytes : this.#limits.trailerBytes;
    if (!GLOBAL.has(id) || this.#until - this.#start > room) {
      return this.#fail(this.#open ? 'no Segment behind an EBML header' : 'no EBML header', id);
    }
    return this.#skip();
  }

  #beginInSegment(pos: number): number {
    switch (this.#id) {
      case CLUSTER:
        return this.#open
          ? this.#beginCluster(pos)
          : this.#fail("media behind a chunk's closing tags", CLUSTER);
      case TAGS:
        return this.#collect();
      case INFO:
      case TRACKS:
        return this.#open ? this.#collect() : this.#skip();
      case SEGMENT:
        return this.#fail('a Segment within a Segment', SEGMENT);
      default:
        return this.#open || LEVEL_1.has(this.#id) || GLOBAL.has(this.#id)
          ? this.#skip()
          : this.#fail("rubbish behind a chunk's closing tags", this.#id);
    }
  }

  #beginCluster(pos: number): number {
    const { size } = this.#header;
    this.#nesting.enterCluster(size, this.#until);
    this.#memory.expect(size === UNKNOWN_SIZE ? undefined : this.#until - this.#start + TRAILER_BYTES);
    if (!this.#chunk.hasCluster) {
      const head = this.#chunk.startMedia();
      this.#events.head?.(head);
    }
    return this.#ended() ? LEFT : pos;
  }

  #beginInCluster(pos: number): number {
    switch (this.#id) {
      case TIMESTAMP:
        return this.#collect();
      case BLOCK_GROUP:
        this.#nesting.enterGroup(this.#until);
        this.#groupStart = this.#at;
        this.#groupContent = this.#content;
        this.#blocks.startGroup();
        return pos;
      default:
    }
    if (!this.#nesting.clusterIsSized && LEVEL_1.has(this.#id)) {
      this.#nesting.leave();
      this.#complete = this.#at;
      return this.#beginInSegment(pos);
    }
    return this.#skip();
  }

  #beginInGroup(): number {
    switch (this.#id) {
      case BLOCK:
        return this.#blocks.groupHasBlock
          ? this.#fail('two Blocks in a BlockGroup', BLOCK)
          : this.#beginBlock();
      case BLOCK_DURATION:
        return this.#collect();
      case REFERENCE_BLOCK:
        this.#blocks.groupIsKeyframe = false;
        return this.#skip();
      default:
        return this.#skip();
    }
  }

  /** The innermost element around ends at `pos` of the slice. */
  #leave(pos: number): number {
    const { level } = this.#nesting;
    this.#nesting.leave();
    if (level === IN_GROUP) {
      return this.#onGroup(pos);
    }
    this.#complete = this.#input.base + pos;
    return pos;
  }

  #skip(): number {
    if (this.#header.size === UNKNOWN_SIZE) {
      return this.#fail('an element of unknown size, where the size must be known', this.#id);
    }
    if (this.#header.size > this.#limits.unknownBytes && !isKnown(this.#id)) {
      return this.#fail(`an unknown element of ${this.#header.size} bytes`, this.#id);
    }
    this.#state = SKIPPING;
    return this.#readContent();
  }

  #collect(): number {
    const size = this.#header.size;
    const allowed = this.#masters.allowedBytes(this.#id);
    if (size > allowed) {
      return this.#fail(`an element of ${size} bytes, where ${allowed} are allowed`, this.#id);
    }
    this.#state = COLLECTING;
    return this.#readContent();
  }

  /** Content that is passed over, collected or a block's: until its end has come. */
  #readContent(): number {
    const pos = this.#until - this.#input.base;
    if (pos > this.#input.slice.length) {
      return USED;
    }
    const state = this.#state;
    this.#state = AT_ELEMENT;
    if (state === IN_BLOCK) {
      return this.#onBlock(pos);
    }
    if (this.#nesting.level === IN_SEGMENT) {
      this.#complete = this.#until;
    }
    return state === COLLECTING ? this.#onCollected(pos) : pos;
  }

  #onCollected(pos: number): number {
    let tags: readonly Tag[] | undefined;
    try {
      tags = this.#understand(this.#input.bytes(this.#content, this.#until));
    } catch (error) {
      if (error instanceof MalformedMediaError) {
        return this.#onRubbish(this.#reported ? undefined : error);
      }
      throw error;
    }
    return this.#ended() ? LEFT : tags === undefined ? pos : this.#onTags(tags, pos);
  }

  /** Gives the tags of a Tags element; anything else is kept where it belongs. Throws `MalformedMediaError`. */
  #understand(bytes: Buffer): readonly Tag[] | undefined {
    const chunk = this.#chunk;
    if (this.#open && (this.#id === TRACKS || this.#id === TAGS)) {
      this.#events.master?.(this.#id, bytes);
      if (this.#ended()) {
        return undefined;
      }
    }
    switch (this.#id) {
      case TIMESTAMP:
        chunk.startCluster(readUint(bytes, 0, bytes.length));
        return undefined;
      case BLOCK_DURATION:
        this.#blocks.groupDuration = Number(readUint(bytes, 0, bytes.length));
        return undefined;
      case TAGS:
        return this.#masters.readTags(this.#master(bytes), this.#open ? chunk.tagCount : 0);
      default:
        this.#masters.readHeader(this.#master(bytes), chunk);
        return undefined;
    }
  }

  #master(bytes: Buffer): MasterElement {
    return {
      id: this.#id,
      bytes,
      offset: this.#content,
      around: this.#nesting.path,
      reports: !this.#reported,
    };
  }

  #onTags(tags: readonly Tag[], pos: number): number {
    if (this.#open) {
      this.#chunk.addTags(tags);
    }
    const error = inBandError(tags, this.#open ? this.#chunk : undefined);
    if (error !== undefined) {
      this.#events.inBandError(error);
    }
    if (this.#ended()) {
      return LEFT;
    }
    if (this.#open && this.#chunk.hasContinuationToken) {
      const chunk = this.#toChunk(this.#until);
      this.#open = false;
      this.#start = this.#until;
      this.#events.chunk(chunk);
    }
    return this.#ended() ? LEFT : pos;
  }

  #beginBlock(): number {
    this.#state = IN_BLOCK;
    return this.#readContent();
  }

  /** A block's last byte has come. */
  #onBlock(pos: number): number {
    const block = this.#input.bytes(this.#content, this.#until);
    if (this.#blocks.header.read(block, 0, block.length) !== READ) {
      return this.#fail('a block whose header cannot be read', this.#id);
    }
    if (this.#chunk.frames + this.#blocks.header.frames > this.#limits.frames) {
      return this.#fail(`more than ${this.#limits.frames} frames in a chunk`, this.#id);
    }
    if (this.#nesting.level === IN_GROUP) {
      // Whether it is a key frame, and how long it lasts, may stand behind it in the group.
      this.#blocks.groupHasBlock = true;
      this.#blockStart = this.#content;
      this.#blockEnd = this.#until;
      return pos;
    }
    return this.#afterBlock(pos, this.#blocks.finishSimpleBlock(this.#chunk, block));
  }

  #onGroup(pos: number): number {
    this.#at = this.#groupStart;
    this.#id = BLOCK_GROUP;
    if (!this.#blocks.groupHasBlock) {
      return this.#fail('a BlockGroup without a Block', BLOCK_GROUP);
    }
    const isRead = this.#blocks.wantsFrames || this.#blocks.header.laced;
    const content = this.#groupContent;
    const group = isRead ? this.#input.bytes(content, this.#input.base + pos) : EMPTY;
    const block = group.subarray(this.#blockStart - content, this.#blockEnd - content);
    return this.#afterBlock(pos, this.#blocks.finishGroup(this.#chunk, group, block));
  }

  #afterBlock(pos: number, fits: boolean): number {
    if (!fits) {
      return this.#fail('a block whose laced frames do not fill it', this.#id);
    }
    return this.#state === ENDED ? LEFT : pos;
  }

  /** Where a chunk that is whole ends when an element, or nothing at all, comes at `next`. */
  #endAt(next: number): number {
    return this.#nesting.mayEnd ? next : this.#complete;
  }

  #toChunk(end: number): Chunk {
    return this.#chunk.toChunk(this.#dataUpTo(end), end - this.#start);
  }

  #dataUpTo(end: number): Buffer {
    return this.#givesData
      ? (this.#input.claim(this.#start, end) ?? this.#input.joined(this.#start, end))
      : EMPTY;
  }

  #tooLarge(size: number): number {
    const id = this.#id;
    const chunk = this.#chunk;
    const allowed = this.#masters.allowedBytes(id);
    if (this.#header.size > allowed || !isKnown(id) || chunk.isComplete) {
      return this.#fail(`an element of ${this.#header.size} bytes, which is too large`, id);
    }
    const error = new ChunkTooLargeError(size, this.#maxChunkBytes, this.#at, id, this.#path(id));
    const next = this.#resync();
    this.#events.tooLarge(chunk.head(), error);
    return this.#ended() ? LEFT : next;
  }

  /** @param id of the element at fault, where it could be read */
  #fail(what: string, id: number | undefined): number {
    return this.#onRubbish(this.#reported ? undefined : this.#malformed(what, id));
  }

  #malformed(what: string, id: number | undefined): MalformedMediaError {
    return new MalformedMediaError(what, this.#at, id, this.#path(id));
  }

  /** @param error to be reported; none within a run of rubbish that has been */
  #onRubbish(error: MalformedMediaError | undefined): number {
    const chunk = this.#chunk;
    // Without a Segment it may have been an accident in the rubbish.
    const open = this.#open && chunk.hasSegment;
    const end = this.#endAt(this.#at);
    const whole = open && chunk.isComplete ? this.#toChunk(end) : undefined;
    const cut =
      open && !chunk.isComplete ? chunk.toCut(this.#at - this.#start, this.#nesting.mayEnd) : undefined;
    if (whole !== undefined) {
      this.#start = end;
    }
    const next = this.#resync();
    if (whole !== undefined) {
      this.#events.chunk(whole);
    }
    if (error !== undefined && !this.#ended()) {
      this.#events.malformed(error);
    }
    if (cut !== undefined && !this.#ended()) {
      this.#events.cut(cut);
    }
    return this.#ended() ? LEFT : next;
  }

  /** Drops what is open, and searches for the next EBML header. Gives the position in the slice at which to go on. */
  #resync(): number {
    const pos = this.#goBack();
    if (pos !== NOWHERE) {
      return pos;
    }
    this.#startSearch(this.#at + 1);
    return Math.max(0, this.#searchFrom - this.#input.base);
  }

  /** Searches what is open, from its second byte on: a size that lies may have swallowed whole chunks. */
  #goBack(): number {
    const { base } = this.#input;
    if (this.#start < base && !this.#input.rewind()) {
      return NOWHERE;
    }
    this.#startSearch(this.#start + 1);
    return this.#start < base ? LEFT : this.#searchFrom - base;
  }

  #startSearch(from: number): void {
    this.#state = SEARCHING;
    this.#reported = true;
    this.#open = false;
    this.#isPending = false;
    this.#searchFrom = from;
  }

  #search(pos: number): number {
    const { slice, base } = this.#input;
    const found = findEbmlHeader(slice, Math.max(pos, this.#searchFrom - base));
    if (found < 0) {
      return USED;
    }
    this.#start = base + found;
    this.#state = AT_ELEMENT;
    this.#nesting.reset();
    return found;
  }

  /** A method, since a callback may have changed what the compiler takes for known. */
  #ended(): boolean {
    return this.#state === ENDED;
  }

  #path(id: number | undefined): string {
    const { path } = this.#nesting;
    return id === undefined ? path : `${path}${path === '' ? '' : '/'}${elementName(id)}`;
  }
}
