/** The reader as others use it: puts its parts together, takes slices, and lets a callback suspend it. */
import { ChunkAssembler } from './chunk-assembler';
import { ChunkBlocks } from './chunk-blocks';
import { ChunkGrammar } from './chunk-grammar';
import { ChunkMemory } from './chunk-memory';
import { ChunkParser } from './chunk-parser';
import { ElementScanner } from './element-scanner';
import type { ReaderEvents } from './events';
import { ByteWindow } from './byte-window';
import { DEFAULT_LIMITS, DEFAULT_MAX_CHUNK_BYTES, type Limits } from './limits';
import { Nesting } from './nesting';
import { ChunkBoundaries } from './chunk-boundaries';

export interface ChunkReaderOptions {
  /** A larger chunk is skipped. 64 MiB by default. */
  readonly maxChunkBytes?: number;
  /** False, for those who want frames alone: `Chunk.data` is empty. */
  readonly chunkData?: boolean;
  /**
   * Whether frames are kept after they have been reported, so that all of a chunk can be searched where it is damaged: a
   * size that is wrong may have made a frame of whole chunks. Who fetches a damaged chunk again anyway says false the
   * first time. Asked for each chunk when its media begin, where `chunkData` is false; absent: they are kept.
   */
  readonly keepsFrames?: () => boolean;
  /** True where slices are not overwritten before the reader has ended. */
  readonly slicesStay?: boolean;
  /**
   * False for stored media: their chunks have no closing tags. One is complete when the next EBML header comes after a
   * whole element, or the response ends there by itself.
   */
  readonly closingTags?: boolean;
  readonly limits?: Partial<Limits>;
}

/**
 * Reads one GetMedia response, slice by slice, for as long as it is let: a callback may suspend it in the middle of a
 * slice, since a few bytes may hold very many frames.
 *
 * A callback that throws ends the reader, and its error comes out of `write`, `end` or `resume`.
 */
export class ChunkReader {
  readonly #events: ReaderEvents;
  readonly #input: ByteWindow;
  readonly #boundaries: ChunkBoundaries;
  readonly #parser: ChunkParser;
  #reading = false;
  #suspended = false;
  /** `end` has been called. */
  #ending = false;
  #isBroken = false;

  constructor(events: ReaderEvents, options: ChunkReaderOptions = {}) {
    const { maxChunkBytes = DEFAULT_MAX_CHUNK_BYTES, chunkData = true } = options;
    const { keepsFrames = () => true, slicesStay = false, closingTags = true } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const memory = new ChunkMemory(maxChunkBytes, slicesStay);
    const input = new ByteWindow(memory, slicesStay);
    const scanner = new ElementScanner(input);
    const nesting = new Nesting();
    const grammar = new ChunkGrammar(nesting, limits, maxChunkBytes);
    const blocks = new ChunkBlocks(events, input, memory, limits);
    const assembler = new ChunkAssembler(events, input, memory, blocks, limits, chunkData, keepsFrames);
    this.#events = events;
    this.#input = input;
    this.#boundaries = new ChunkBoundaries(events, input, scanner, nesting, grammar, assembler, closingTags);
    this.#parser = new ChunkParser(
      events,
      input,
      scanner,
      nesting,
      grammar,
      assembler,
      blocks,
      this.#boundaries,
    );
  }

  /**
   * Takes the next bytes of the response. Nothing refers to them afterwards, so that they may be overwritten. While the
   * reader is suspended they wait, as a copy.
   */
  write(slice: Buffer): void {
    if (this.#reading) {
      throw new Error('write was called from within a callback of the same reader');
    }
    if (!this.#parser.hasEnded) {
      this.#boundaries.addCredit(slice.length);
      this.#input.add(slice);
      this.#proceed();
    }
  }

  /**
   * The response ended or broke: what is still open is reported, after what waits because the reader is suspended.
   * Nothing is read after this. From within a callback, what has not been read is left out.
   *
   * @param isBroken the response broke
   */
  end(isBroken = false): void {
    this.#ending = true;
    this.#isBroken = isBroken;
    if (!this.#reading) {
      this.#proceed();
    } else if (!this.#parser.hasEnded) {
      this.#boundaries.finish(this.#isBroken);
    }
  }

  /** Ends the reader without another callback; from within one, too. */
  stop(): void {
    this.#boundaries.stop();
  }

  /** Called from within a callback: no further block or element is read before `resume`. */
  suspend(): void {
    this.#suspended = true;
    this.#parser.suspend(true);
  }

  /** Reads on. */
  resume(): void {
    this.#suspended = false;
    this.#parser.suspend(false);
    if (!this.#reading) {
      this.#proceed(true);
    }
  }

  get isSuspended(): boolean {
    return this.#suspended;
  }

  /** Are there bytes that wait for `resume`? */
  get hasUnread(): boolean {
    return this.#input.hasMore;
  }

  #proceed(isResumed = false): void {
    this.#reading = true;
    let returned = false;
    try {
      if (isResumed) {
        // It may have been suspended at the end of a slice: an element that ends there is still unreported.
        this.#parser.read();
      }
      this.#readAll();
      while (this.#ending && !this.#parser.hasEnded && !this.#input.hasMore) {
        this.#finish();
      }
      returned = true;
    } finally {
      this.#reading = false;
      if (!returned) {
        this.stop();
      }
    }
  }

  /** All is read, even if the reader is suspended. */
  #finish(): void {
    this.#parser.suspend(false);
    this.#parser.read();
    if (this.#boundaries.hasSwallowed) {
      this.#boundaries.failSwallowed();
      this.#readAll();
    } else if (!this.#parser.hasEnded) {
      this.#boundaries.finish(this.#isBroken);
    }
  }

  #readAll(): void {
    while (!this.#suspended && this.#input.next()) {
      const { isReread, base } = this.#input;
      this.#parser.read();
      const bytes = this.#input.base - base;
      if (isReread && bytes > 0 && !this.#parser.hasEnded) {
        this.#events.reread?.(bytes);
      }
    }
    if (this.#suspended) {
      this.#input.keepUnread();
    }
  }
}
