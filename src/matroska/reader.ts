import { BlockHeader, MAX_BLOCK_HEADER_BYTES, unlace } from './block';
import { ElementHeader, INCOMPLETE, MAX_ELEMENT_HEADER_BYTES, READ, UNKNOWN_SIZE } from './ebml';
import { ChunkTooLargeError, MalformedMediaError } from './errors';
import { checkEbmlHeader, parseTimestampScale } from './headers';
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
import { DEFAULT_LIMITS, DEFAULT_MAX_CHUNK_BYTES, type Limits } from './limits';
import { Children, readUint } from './master';
import { OpenChunk } from './open-chunk';
import { Remembered } from './remembered';
import { KeptSlices } from './slices';
import { parseTags, type Tag } from './tags';
import { parseTracks, undeclaredTrack } from './tracks';
import type { Chunk, Frame, ReaderEvents, Track } from './types';

export interface ChunkReaderOptions {
  /** A larger chunk is passed over. 64 MiB by default. */
  readonly maxChunkBytes?: number;
  /** False: `Chunk.data` is empty and the chunk's bytes are not kept, for those who want frames alone. */
  readonly chunkData?: boolean;
  readonly limits?: Partial<Limits>;
}

/** What the next byte is; numbers, since they are compared for every element. */
const AT_ELEMENT = 0;
const AT_BLOCK = 1;
const IN_BLOCK = 2;
const COLLECTING = 3;
const SKIPPING = 4;
const SEARCHING = 5;
const ENDED = 6;

/** Where in the tree the next element is. */
const IN_ROOT = 0;
const IN_SEGMENT = 1;
const IN_CLUSTER = 2;
const IN_GROUP = 3;
const PATHS = ['', 'Segment/', 'Segment/Cluster/', 'Segment/Cluster/BlockGroup/'] as const;

/** In place of a position in the slice: all of it is read; or it is to be left as it is. */
const USED = -1;
const LEFT = -2;

const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);
const MAGIC = Buffer.from([0x1a, 0x45, 0xdf, 0xa3]);
const KEYFRAME = 0x80;
const DISCARDABLE = 0x01;
const NO_DURATION = -1;
const MAX_UINT_BYTES = 8;

/** So many bytes are searched again without asking, and so many times a chunk's size may be saved up for it. */
const FREE_REWIND_BYTES = 64;
const MAX_REWIND_CREDIT = 4;

/**
 * Reads one GetMedia response, slice by slice. Element headers are read in place in the slice, content is passed over;
 * slices are kept by reference and joined once, when a chunk is whole. All state is in plain fields and all positions
 * are numbers, so that nothing is allocated for an element.
 *
 * A callback that throws ends the reader, and its error comes out of `write`.
 */
export class ChunkReader {
  readonly #events: ReaderEvents;
  readonly #limits: Limits;
  readonly #maxChunkBytes: number;
  readonly #wantsFrames: boolean;
  readonly #keepsData: boolean;
  /** Content that is read as a whole, and how large it may be. */
  readonly #collected: ReadonlyMap<number, number>;

  readonly #ebmlHeader: Remembered<void>;
  readonly #timestampScale = new Remembered(parseTimestampScale);
  readonly #tracks: Remembered<readonly Track[]>;

  #state = AT_ELEMENT;
  #level = IN_ROOT;
  /** The slice at hand and its offset in the response. All further positions are offsets in the response. */
  #slice = EMPTY;
  #base = 0;
  #writing = false;
  readonly #kept = new KeptSlices();
  /** Slices to be read again, and after them the one at hand; the next one is last. */
  #backlog: Buffer[] = [];
  /** Bytes that may be read again: what comes in pays for it, so that no input costs more than twice its size. */
  #credit = 0;

  /** A header of which some bytes are in earlier slices. */
  readonly #carry = Buffer.allocUnsafeSlow(Math.max(MAX_ELEMENT_HEADER_BYTES, MAX_BLOCK_HEADER_BYTES));
  #carried = 0;

  /** The current element: its first byte, its content, and the end of it. */
  readonly #header = new ElementHeader();
  #id = 0;
  #at = 0;
  #content = 0;
  #until = 0;
  /** Ends of the elements around it; Infinity where unknown. `#end` is that of the innermost one. */
  #end = Infinity;
  #segmentEnd = Infinity;
  #clusterEnd = Infinity;
  #clusterIsSized = false;

  #chunk = new OpenChunk(0);
  #open = false;
  /** Of the chunk, or, where none is open, of what lies behind the last one. */
  #start = 0;
  /** End of the last complete element in the Segment. */
  #complete = 0;
  /** In a run of rubbish or of a chunk too large, of which has been told. */
  #reported = false;
  #searchFrom = 0;

  readonly #block = new BlockHeader();
  #dataStart = 0;
  #track = undeclaredTrack(0);
  #trackIsOf: readonly Track[] = [];
  #groupStart = 0;
  #groupHasBlock = false;
  #groupData = EMPTY;
  #groupDuration = NO_DURATION;
  #groupIsKeyframe = true;

  constructor(events: ReaderEvents, options: ChunkReaderOptions = {}) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#events = events;
    this.#limits = limits;
    this.#maxChunkBytes = options.maxChunkBytes ?? DEFAULT_MAX_CHUNK_BYTES;
    this.#wantsFrames = events.frame !== undefined;
    this.#keepsData = options.chunkData ?? true;
    this.#collected = new Map([
      [EBML, limits.ebmlHeaderBytes],
      [INFO, limits.infoBytes],
      [TRACKS, limits.tracksBytes],
      [TAGS, limits.tagsBytes],
      [TIMESTAMP, MAX_UINT_BYTES],
      [BLOCK_DURATION, MAX_UINT_BYTES],
    ]);
    this.#ebmlHeader = new Remembered((children) => {
      checkEbmlHeader(children, limits);
    });
    this.#tracks = new Remembered((children) => parseTracks(children, limits));
  }

  /** Takes the next bytes of the response. They may be kept by reference, so the sender must not write to them again. */
  write(slice: Buffer): void {
    if (this.#writing) {
      throw new Error('write was called from within a callback of the same reader');
    }
    this.#credit = Math.min(this.#credit + slice.length, MAX_REWIND_CREDIT * this.#maxChunkBytes);
    this.#writing = true;
    let returned = false;
    try {
      let next: Buffer | undefined = slice;
      while (next !== undefined && this.#state !== ENDED) {
        this.#read(next);
        next = this.#backlog.pop();
      }
      returned = true;
    } finally {
      this.#writing = false;
      if (!returned) {
        this.stop();
      }
    }
  }

  /** The response ended or broke: what is still open is reported. Nothing is read after this. */
  end(): void {
    if (this.#state === ENDED) {
      return;
    }
    const chunk = this.#chunk;
    const received = this.#base + this.#slice.length;
    const carried = this.#carry.subarray(0, this.#carried);
    const [open, reported, at, level] = [this.#open, this.#reported, this.#at, this.#level];
    if (open && chunk.whole) {
      const whole = this.#toChunk(this.#complete);
      this.stop();
      this.#events.chunk(whole);
    } else if (open) {
      const size = received - this.#start;
      this.stop();
      if (!reported) {
        this.#events.cut(chunk.toCut(size));
      }
    } else {
      this.stop();
      if (carried.length > 0 && !reported) {
        if (carried.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, carried.length))) {
          this.#events.cut(new OpenChunk(at).toCut(carried.length));
        } else if (level === IN_ROOT) {
          this.#events.malformed(new MalformedMediaError('no EBML header', at, undefined, ''));
        }
      }
    }
  }

  /** Ends the reader without another callback; from within one, too. */
  stop(): void {
    this.#state = ENDED;
    this.#slice = EMPTY;
    this.#groupData = EMPTY;
    this.#backlog = [];
    this.#kept.take();
  }

  #read(slice: Buffer): void {
    this.#slice = slice;
    let pos = 0;
    while (pos >= 0) {
      switch (this.#state) {
        case AT_ELEMENT:
          pos = this.#readElements(pos);
          break;
        case AT_BLOCK:
          pos = this.#readBlockHeader(pos);
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
    if (pos === USED && this.#state !== ENDED) {
      this.#settle();
    }
  }

  /** Keeps what may be needed of the slice, which is used up. */
  #settle(): void {
    const slice = this.#slice;
    const base = this.#base;
    const keepFrom = this.#keepFrom();
    if (keepFrom >= base) {
      this.#kept.clear();
    }
    if (keepFrom <= base) {
      this.#kept.append(slice, base);
    } else if (keepFrom < base + slice.length) {
      this.#kept.append(slice.subarray(keepFrom - base), keepFrom);
    }
    this.#base = base + slice.length;
    this.#slice = EMPTY;
  }

  #keepFrom(): number {
    if (this.#state === SEARCHING) {
      return Infinity;
    }
    if (this.#keepsData || !this.#open) {
      return this.#start;
    }
    switch (this.#state) {
      case AT_ELEMENT:
        return this.#carried > 0 ? this.#at : Infinity;
      case COLLECTING:
        return this.#content;
      case IN_BLOCK:
        return this.#wantsFrames ? this.#dataStart : Infinity;
      default:
        return Infinity;
    }
  }

  /** Steps from element to element, as long as each lies in the slice or is entered. */
  #readElements(from: number): number {
    const slice = this.#slice;
    const base = this.#base;
    const header = this.#header;
    let pos = from;
    if (this.#carried > 0) {
      pos = this.#readCarriedElement(pos);
      if (pos < 0 || this.#state !== AT_ELEMENT) {
        return pos;
      }
    }
    for (;;) {
      if (base + pos >= this.#end) {
        pos = this.#leave(pos);
      } else {
        const outcome = header.read(slice, pos, slice.length);
        this.#at = base + pos;
        if (outcome === READ) {
          pos = this.#begin(pos + header.length);
        } else if (outcome === INCOMPLETE) {
          this.#carried = slice.copy(this.#carry, 0, pos);
          return USED;
        } else {
          return this.#fail('an element begins that cannot be read', undefined);
        }
      }
      if (pos < 0 || this.#state !== AT_ELEMENT) {
        return pos;
      }
    }
  }

  #readCarriedElement(pos: number): number {
    const had = this.#carried;
    const total = had + this.#slice.copy(this.#carry, had, pos);
    const outcome = this.#header.read(this.#carry, 0, total);
    if (outcome === INCOMPLETE) {
      this.#carried = total;
      return USED;
    }
    this.#carried = 0;
    return outcome === READ
      ? this.#begin(pos + this.#header.length - had)
      : this.#fail('an element begins that cannot be read', undefined);
  }

  /** An element's header has been read, and its content begins at `pos` of the slice. */
  #begin(pos: number): number {
    const { id, size } = this.#header;
    const content = this.#base + pos;
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
    if (until > this.#end) {
      return this.#fail('an element that reaches beyond the end of its parent', id);
    }
    if (this.#level === IN_ROOT) {
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
    switch (this.#level) {
      case IN_CLUSTER:
        return id === SIMPLE_BLOCK ? this.#beginBlock(pos) : this.#beginInCluster(pos);
      case IN_GROUP:
        return this.#beginInGroup(pos);
      default:
        return this.#beginInSegment(pos);
    }
  }

  /** An EBML header ends whatever is open, wherever it stands. */
  #beginChunk(): number {
    const at = this.#at;
    const chunk = this.#chunk;
    if (this.#header.size > this.#limits.ebmlHeaderBytes || (this.#open && !chunk.hasSegment)) {
      return this.#fail('an EBML header that is none', EBML);
    }
    if (this.#open && chunk.whole) {
      this.#events.chunk(this.#toChunk(this.#complete));
    } else if (this.#open) {
      this.#events.cut(chunk.toCut(at - this.#start));
    }
    if (this.#state === ENDED) {
      return LEFT;
    }
    this.#chunk = new OpenChunk(at);
    this.#open = true;
    this.#start = at;
    this.#level = IN_ROOT;
    this.#end = Infinity;
    this.#kept.dropBefore(at);
    return this.#collect();
  }

  /** Outside a Segment. */
  #beginInRoot(pos: number): number {
    const id = this.#id;
    const chunk = this.#chunk;
    if (id === SEGMENT && this.#open && !chunk.hasSegment) {
      chunk.hasSegment = true;
      this.#reported = false;
      this.#level = IN_SEGMENT;
      this.#segmentEnd = this.#header.size === UNKNOWN_SIZE ? Infinity : this.#until;
      this.#end = this.#segmentEnd;
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
    this.#clusterIsSized = this.#header.size !== UNKNOWN_SIZE;
    this.#clusterEnd = this.#clusterIsSized ? this.#until : this.#segmentEnd;
    this.#end = this.#clusterEnd;
    this.#level = IN_CLUSTER;
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
        this.#level = IN_GROUP;
        this.#end = this.#until;
        this.#groupStart = this.#at;
        this.#groupHasBlock = false;
        this.#groupDuration = NO_DURATION;
        this.#groupIsKeyframe = true;
        return pos;
      default:
    }
    if (!this.#clusterIsSized && LEVEL_1.has(this.#id)) {
      this.#leaveCluster(this.#at);
      return this.#beginInSegment(pos);
    }
    return this.#skip();
  }

  #beginInGroup(pos: number): number {
    switch (this.#id) {
      case BLOCK:
        return this.#groupHasBlock ? this.#fail('two Blocks in a BlockGroup', BLOCK) : this.#beginBlock(pos);
      case BLOCK_DURATION:
        return this.#collect();
      case REFERENCE_BLOCK:
        this.#groupIsKeyframe = false;
        return this.#skip();
      default:
        return this.#skip();
    }
  }

  /** The innermost element around ends at `pos` of the slice. */
  #leave(pos: number): number {
    switch (this.#level) {
      case IN_GROUP:
        return this.#leaveGroup(pos);
      case IN_CLUSTER:
        this.#leaveCluster(this.#base + pos);
        return pos;
      default:
        this.#level = IN_ROOT;
        this.#end = Infinity;
        return pos;
    }
  }

  #leaveCluster(at: number): void {
    this.#level = IN_SEGMENT;
    this.#end = this.#segmentEnd;
    this.#complete = at;
  }

  #leaveGroup(pos: number): number {
    this.#level = IN_CLUSTER;
    this.#end = this.#clusterEnd;
    this.#at = this.#groupStart;
    this.#id = BLOCK_GROUP;
    if (!this.#groupHasBlock) {
      return this.#fail('a BlockGroup without a Block', BLOCK_GROUP);
    }
    const data = this.#groupData;
    this.#groupData = EMPTY;
    return this.#finishBlock(pos, this.#groupIsKeyframe, false, this.#groupDuration, data);
  }

  #skip(): number {
    if (this.#header.size === UNKNOWN_SIZE) {
      return this.#fail('an element of unknown size, where the size must be known', this.#id);
    }
    this.#state = SKIPPING;
    return this.#readContent();
  }

  #collect(): number {
    const size = this.#header.size;
    const allowed = this.#collected.get(this.#id) ?? 0;
    if (size > allowed) {
      return this.#fail(`an element of ${size} bytes, where ${allowed} are allowed`, this.#id);
    }
    this.#state = COLLECTING;
    return this.#readContent();
  }

  /** Content that is passed over, collected or a block's: until its end has come. */
  #readContent(): number {
    const pos = this.#until - this.#base;
    if (pos > this.#slice.length) {
      return USED;
    }
    const state = this.#state;
    this.#state = AT_ELEMENT;
    if (state === IN_BLOCK) {
      return this.#onBlock(pos);
    }
    if (this.#level === IN_SEGMENT) {
      this.#complete = this.#until;
    }
    return state === COLLECTING ? this.#onCollected(pos) : pos;
  }

  #onCollected(pos: number): number {
    let tags: readonly Tag[] | undefined;
    try {
      tags = this.#understand(this.#bytes(this.#content, this.#until));
    } catch (error) {
      if (error instanceof MalformedMediaError) {
        return this.#onRubbish(error);
      }
      throw error;
    }
    return tags === undefined ? pos : this.#onTags(tags, pos);
  }

  /** Gives the tags of a Tags element; anything else is kept by the chunk. Throws `MalformedMediaError`. */
  #understand(bytes: Buffer): readonly Tag[] | undefined {
    const id = this.#id;
    const chunk = this.#chunk;
    const path = this.#path(id);
    switch (id) {
      case EBML:
        this.#ebmlHeader.parsed(bytes, this.#content, path);
        return undefined;
      case INFO:
        chunk.scale = this.#timestampScale.parsed(bytes, this.#content, path);
        return undefined;
      case TRACKS:
        chunk.tracks = this.#tracks.parsed(bytes, this.#content, path);
        return undefined;
      case TIMESTAMP:
        chunk.startCluster(readUint(bytes, 0, bytes.length));
        return undefined;
      case BLOCK_DURATION:
        this.#groupDuration = Number(readUint(bytes, 0, bytes.length));
        return undefined;
      default:
        return parseTags(Children.of(bytes, this.#content, path), {
          ...this.#limits,
          tags: this.#limits.tags - (this.#open ? chunk.tagCount : 0),
        });
    }
  }

  #onTags(tags: readonly Tag[], pos: number): number {
    if (this.#open) {
      this.#chunk.addTags(tags);
    }
    const error = inBandError(tags, this.#open ? this.#chunk.FragmentNumber : undefined);
    if (error !== undefined) {
      this.#events.inBandError(error);
    }
    if (this.#ended()) {
      return LEFT;
    }
    if (this.#open && this.#chunk.closed) {
      const chunk = this.#toChunk(this.#until);
      this.#open = false;
      this.#start = this.#until;
      this.#events.chunk(chunk);
    }
    return this.#ended() ? LEFT : pos;
  }

  #beginBlock(pos: number): number {
    const slice = this.#slice;
    const until = this.#until - this.#base;
    const outcome = this.#block.read(slice, pos, Math.min(until, slice.length));
    if (outcome === READ) {
      return this.#beginBlockData(pos + this.#block.length);
    }
    if (outcome === INCOMPLETE && until > slice.length) {
      this.#carried = slice.copy(this.#carry, 0, pos);
      this.#state = AT_BLOCK;
      return USED;
    }
    return this.#fail('a block whose header cannot be read', this.#id);
  }

  #readBlockHeader(pos: number): number {
    const had = this.#carried;
    const until = this.#until - this.#base;
    const total = had + this.#slice.copy(this.#carry, had, pos, Math.min(until, this.#slice.length));
    const outcome = this.#block.read(this.#carry, 0, total);
    if (outcome === INCOMPLETE && until > this.#slice.length) {
      this.#carried = total;
      return USED;
    }
    this.#carried = 0;
    this.#state = AT_ELEMENT;
    return outcome === READ
      ? this.#beginBlockData(pos + this.#block.length - had)
      : this.#fail('a block whose header cannot be read', this.#id);
  }

  #beginBlockData(pos: number): number {
    this.#dataStart = this.#base + pos;
    const end = this.#until - this.#base;
    if (end > this.#slice.length) {
      this.#state = IN_BLOCK;
      return USED;
    }
    return this.#onBlock(end);
  }

  /** A block's last byte has come. */
  #onBlock(pos: number): number {
    const data = this.#wantsFrames ? this.#bytes(this.#dataStart, this.#until) : EMPTY;
    if (this.#level === IN_GROUP) {
      // Whether it is a key frame, and how long it lasts, may stand behind it.
      this.#groupHasBlock = true;
      this.#groupData = data;
      return pos;
    }
    const { flags } = this.#block;
    return this.#finishBlock(pos, (flags & KEYFRAME) !== 0, (flags & DISCARDABLE) !== 0, NO_DURATION, data);
  }

  #finishBlock(pos: number, keyframe: boolean, discardable: boolean, duration: number, data: Buffer): number {
    const chunk = this.#chunk;
    const { frames, timecode } = this.#block;
    const track = this.#trackOf(this.#block.track);
    const startMs = chunk.blockMs(timecode);
    const stepMs = duration === NO_DURATION ? (track.defaultDurationMs ?? 0) : chunk.toMs(duration) / frames;
    const index = chunk.frames;
    if (!this.#wantsFrames) {
      chunk.count(frames, startMs, startMs + frames * stepMs);
      return pos;
    }
    if (!this.#block.laced) {
      chunk.count(1, startMs, startMs + stepMs);
      this.#emit({ track, index, timecodeMs: startMs, keyframe, discardable, data });
      return this.#state === ENDED ? LEFT : pos;
    }
    const cut = unlace(data, this.#block.flags, frames);
    if (cut === undefined) {
      return this.#fail('a block whose laced frames do not fill it', this.#id);
    }
    chunk.count(frames, startMs, startMs + frames * stepMs);
    for (let i = 0; i < frames && this.#state !== ENDED; i++) {
      const timecodeMs = startMs + i * stepMs;
      this.#emit({ track, index: index + i, timecodeMs, keyframe, discardable, data: cut[i] ?? EMPTY });
    }
    return this.#state === ENDED ? LEFT : pos;
  }

  #emit(frame: Frame): void {
    this.#events.frame?.(frame, this.#chunk.head());
  }

  #trackOf(number: number): Track {
    const { tracks } = this.#chunk;
    if (this.#track.number !== number || this.#trackIsOf !== tracks) {
      this.#track = tracks.find((track) => track.number === number) ?? undeclaredTrack(number);
      this.#trackIsOf = tracks;
    }
    return this.#track;
  }

  /** A view where the slice at hand has all of it, else a copy in memory of its own. */
  #bytes(from: number, to: number): Buffer {
    const base = this.#base;
    return from >= base ? this.#slice.subarray(from - base, to - base) : this.#joined(from, to);
  }

  #joined(from: number, to: number): Buffer {
    const base = this.#base;
    const joined = Buffer.allocUnsafeSlow(to - from);
    if (from < base) {
      this.#kept.copy(from, Math.min(to, base), joined);
    }
    if (to > base) {
      this.#slice.copy(joined, Math.max(base - from, 0), Math.max(from - base, 0), to - base);
    }
    return joined;
  }

  #toChunk(end: number): Chunk {
    const data = this.#keepsData ? this.#joined(this.#start, end) : Buffer.allocUnsafeSlow(0);
    return this.#chunk.toChunk(data, end - this.#start);
  }

  #tooLarge(size: number): number {
    const id = this.#id;
    const chunk = this.#chunk;
    const allowed = this.#collected.get(id) ?? Infinity;
    if (this.#header.size > allowed || !isKnown(id) || chunk.whole) {
      return this.#fail(`an element of ${this.#header.size} bytes, which is too large`, id);
    }
    const error = new ChunkTooLargeError(this.#start, size, this.#maxChunkBytes);
    this.#reported = true;
    const next = this.#rewind();
    this.#events.tooLarge(chunk.head(), error);
    return this.#ended() ? LEFT : next;
  }

  /** @param id of the element at fault, where it could be read */
  #fail(what: string, id: number | undefined): number {
    return this.#onRubbish(new MalformedMediaError(what, this.#at, id, this.#path(id)));
  }

  #onRubbish(error: MalformedMediaError): number {
    const chunk = this.#chunk;
    const silent = this.#reported;
    // Without a Segment it may have been an accident in the rubbish.
    const open = this.#open && chunk.hasSegment;
    const whole = open && chunk.whole ? this.#toChunk(this.#complete) : undefined;
    const cut = open && !chunk.whole ? chunk.toCut(this.#at - this.#start) : undefined;
    this.#reported = true;
    if (whole !== undefined) {
      this.#start = this.#complete;
    }
    const next = this.#rewind();
    if (whole !== undefined) {
      this.#events.chunk(whole);
    }
    if (!silent && !this.#ended()) {
      this.#events.malformed(error);
    }
    if (cut !== undefined && !this.#ended()) {
      this.#events.cut(cut);
    }
    return this.#ended() ? LEFT : next;
  }

  /**
   * Drops what is open and searches it for the next EBML header: a size that lies may have swallowed whole chunks.
   * Gives the position in the slice at which to go on.
   */
  #rewind(): number {
    const base = this.#base;
    const kept = this.#kept;
    this.#state = SEARCHING;
    this.#open = false;
    this.#carried = 0;
    this.#groupData = EMPTY;
    this.#searchFrom = this.#start + 1;
    if (this.#start >= base || kept.length === 0) {
      return Math.max(0, this.#searchFrom - base);
    }
    if (kept.length > FREE_REWIND_BYTES && kept.length > this.#credit) {
      kept.clear();
      this.#searchFrom = Math.max(this.#at + 1, base);
      return this.#searchFrom - base;
    }
    this.#credit -= kept.length;
    this.#base = kept.start;
    this.#backlog.push(this.#slice);
    const pieces = kept.take();
    for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
      this.#backlog.push(piece);
    }
    return LEFT;
  }

  /** Looks for an EBML header, or for what may be the beginning of one at the end of the slice. */
  #search(pos: number): number {
    const slice = this.#slice;
    const from = Math.max(pos, this.#searchFrom - this.#base);
    if (from >= slice.length) {
      return USED;
    }
    let found = slice.indexOf(MAGIC, from);
    for (let at = Math.max(from, slice.length - 3); found < 0 && at < slice.length; at++) {
      if (slice.subarray(at).equals(MAGIC.subarray(0, slice.length - at))) {
        found = at;
      }
    }
    if (found < 0) {
      return USED;
    }
    this.#start = this.#base + found;
    this.#state = AT_ELEMENT;
    this.#level = IN_ROOT;
    this.#end = Infinity;
    return found;
  }

  /** A method, since a callback may have changed what the compiler takes for known. */
  #ended(): boolean {
    return this.#state === ENDED;
  }

  #path(id: number | undefined): string {
    const around = PATHS[this.#level] ?? '';
    return id === undefined ? around.slice(0, -1) : around + elementName(id);
  }
}
