import { ChunkMemory } from './chunk-memory';
import { Input } from './input';
import { DEFAULT_LIMITS, DEFAULT_MAX_CHUNK_BYTES, type Limits } from './limits';
import { ElementReader } from './reader';
import type { ReaderEvents } from './events';

export interface ChunkReaderOptions {
  /** A larger chunk is passed over. 64 MiB by default. */
  readonly maxChunkBytes?: number;
  /** False, for those who want frames alone: `Chunk.data` is empty. */
  readonly chunkData?: boolean;
  /** True where slices are not overwritten before the reader has ended. */
  readonly slicesStay?: boolean;
  readonly limits?: Partial<Limits>;
}

/** So many times the largest chunk may be searched again at a stretch. */
const MAX_REWINDS = 4;

/**
 * Reads one GetMedia response, slice by slice, for as long as it is let: a callback may suspend it in the middle of a
 * slice, since a few bytes may hold very many frames.
 *
 * A callback that throws ends the reader, and its error comes out of `write`, `end` or `resume`.
 */
export class ChunkReader {
  readonly #events: ReaderEvents;
  readonly #input: Input;
  readonly #elements: ElementReader;
  #reading = false;
  #suspended = false;
  /** `end` has been called. */
  #ending = false;

  constructor(events: ReaderEvents, options: ChunkReaderOptions = {}) {
    const { maxChunkBytes = DEFAULT_MAX_CHUNK_BYTES, chunkData = true, slicesStay = false } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const memory = new ChunkMemory(maxChunkBytes);
    this.#events = events;
    this.#input = new Input(memory, MAX_REWINDS * maxChunkBytes, slicesStay);
    this.#elements = new ElementReader(events, { limits, maxChunkBytes, chunkData }, memory, this.#input);
  }

  /**
   * Takes the next bytes of the response. Nothing refers to them afterwards, so that they may be overwritten. While the
   * reader is suspended they wait, as a copy.
   */
  write(slice: Buffer): void {
    if (this.#reading) {
      throw new Error('write was called from within a callback of the same reader');
    }
    if (!this.#elements.ended) {
      this.#input.add(slice);
      this.#proceed();
    }
  }

  /**
   * The response ended or broke: what is still open is reported, after what waits because the reader is suspended.
   * Nothing is read after this. From within a callback, what has not been read is left out.
   */
  end(): void {
    this.#ending = true;
    if (!this.#reading) {
      this.#proceed();
    } else if (!this.#elements.ended) {
      this.#elements.finish();
    }
  }

  /** Ends the reader without another callback; from within one, too. */
  stop(): void {
    this.#elements.stop();
  }

  /** Called from within a callback: no further block or element is read before `resume`. */
  suspend(): void {
    this.#suspended = true;
    this.#elements.suspend(true);
  }

  /** Reads on. */
  resume(): void {
    this.#suspended = false;
    this.#elements.suspend(false);
    if (!this.#reading) {
      this.#proceed();
    }
  }

  get isSuspended(): boolean {
    return this.#suspended;
  }

  /** Are there bytes that wait for `resume`? */
  get hasUnread(): boolean {
    return this.#input.hasMore;
  }

  #proceed(): void {
    this.#reading = true;
    let returned = false;
    try {
      this.#readAll();
      while (this.#ending && !this.#elements.ended && !this.#input.hasMore) {
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
    this.#elements.suspend(false);
    this.#elements.read();
    if (this.#elements.hasSwallowed) {
      this.#elements.failSwallowed();
      this.#readAll();
    } else if (!this.#elements.ended) {
      this.#elements.finish();
    }
  }

  #readAll(): void {
    if (!this.#suspended) {
      // What ends where the slice before does, in case the reader was suspended right there.
      this.#elements.read();
    }
    while (!this.#suspended && this.#input.next()) {
      const { isReread, base } = this.#input;
      this.#elements.read();
      const bytes = this.#input.base - base;
      if (isReread && bytes > 0 && !this.#elements.ended) {
        this.#events.reread?.(bytes);
      }
    }
    if (this.#suspended) {
      this.#input.keepUnread();
    }
  }
}
