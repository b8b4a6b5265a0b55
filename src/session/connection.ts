import type { Clock } from '../clock';
import type { MediaResponse } from '../kinesis-video';
import { ChunkReader, type ChunkHead, type CutChunk, type ReaderEvents } from '../matroska';
import type { Failure } from './failure';
import type { Turn } from '../turn';

/** What a connection tells its session, besides what the reader finds. Nothing is told after `close()`. */
export interface ConnectionEvents extends ReaderEvents {
  /** The service ended the response. */
  ended(): void;
  failed(error: Error): void;
  /** Reading, but not a byte for this long. */
  stalled(silentMs: number): void;
  /** Each slice, for the rates. */
  received(bytes: number): void;
}

/** A chunk message counts as one event, and one more for so many frames: whoever takes it looks at each of them. */
const FRAMES_PER_EVENT = 64;
/** Reading so much of damaged media again, which may be full of what looks like a chunk, counts as one event. */
const REREAD_BYTES_PER_EVENT = 512;

/**
 * One GetMedia response being read: its bytes go through a reader of its own, no more in a turn of the event loop than
 * the turn has room for, and a watchdog sees that they come.
 */
export class Connection {
  /** Has this response brought a chunk that was new? */
  fruitful = false;
  /** The chunk that is arriving, once its media have begun. */
  arriving: ChunkHead | undefined;
  /** An error that the service reported within the chunk that is arriving; told when that chunk is over. */
  inBand: Failure | undefined;
  /** Where a chunk began that is damaged, and is to be passed over since it has been asked for often enough. */
  passOverAt: number | undefined;

  readonly #reader: ChunkReader;
  #open = true;
  #paused = false;
  /** Bytes are being read: the reader calls back. */
  #reading = false;
  /** The response waits for the reader, which waits for its turn. */
  #held = false;
  #cancelTurn: (() => void) | undefined;
  /** What to report when the response is over and all of it has been read. */
  #ending: (() => void) | undefined;
  #lastByteAt = 0;
  #cancelWatchdog: (() => void) | undefined;

  constructor(
    readonly response: MediaResponse,
    private readonly options: { readonly stallTimeoutMs: number; readonly maxChunkBytes: number },
    private readonly clock: Clock,
    private readonly events: ConnectionEvents,
    private readonly turn: Turn,
  ) {
    const { maxChunkBytes } = options;
    // Who takes frames has no use for the chunk's bytes.
    const chunkData = events.frame === undefined;
    this.#reader = new ChunkReader(this.#counted(), { maxChunkBytes, chunkData });
  }

  get RequestId(): string | null {
    return this.response.RequestId;
  }

  /** How the response ended, if it ended with this chunk. Much of it may still be unread when it is over. */
  endAt({ head, sizeInBytes }: CutChunk): 'ended' | 'broken' | undefined {
    return head.offset + sizeInBytes < this.#received ? undefined : this.#end;
  }
  #end: 'ended' | 'broken' | undefined;
  #received = 0;

  start(): void {
    this.#watch();
    this.response.read({
      bytes: (slice) => {
        this.#take(slice);
      },
      ended: () => {
        this.#finish('ended', () => {
          this.events.ended();
        });
      },
      failed: (error) => {
        this.#finish('broken', () => {
          this.events.failed(error);
        });
      },
    });
  }

  /** What is not read yet stays where it is, in the slice at hand too. */
  pause(): void {
    this.#paused = true;
    this.#unwatch();
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
    this.#reader.suspend();
    this.#hold();
  }

  resume(): void {
    if (this.#open) {
      this.#paused = false;
      if (this.#end === undefined) {
        this.#watch();
      }
      this.#readOn();
    }
  }

  /** Frees the socket at once; what the reader would still find in the slice at hand is not told. Idempotent. */
  close(): void {
    this.#open = false;
    this.#unwatch();
    this.#cancelTurn?.();
    this.#reader.stop();
    this.response.close();
  }

  #take(slice: Buffer): void {
    if (!this.#open) {
      return;
    }
    this.#lastByteAt = this.clock.monotonic();
    this.#received += slice.length;
    this.events.received(slice.length);
    if (this.turn.isOver) {
      this.#reader.suspend();
    }
    this.#read(() => {
      this.#reader.write(slice);
    });
  }

  #finish(end: 'ended' | 'broken', tell: () => void): void {
    this.#unwatch();
    if (!this.#open) {
      return;
    }
    this.#end = end;
    // What is left of a response that broke while nobody wanted it is asked for again, like that of any that has ended.
    this.#ending = this.#paused
      ? () => {
          this.events.ended();
        }
      : tell;
    this.#read(() => {
      this.#reader.end();
    });
  }

  #readOn(): void {
    this.#read(() => {
      this.#reader.resume();
    });
  }

  /** Lets the reader read, and sees what is to be done after it. */
  #read(step: () => void): void {
    if (this.#reading) {
      step();
      return;
    }
    this.#reading = true;
    try {
      step();
    } catch (error) {
      // Thrown into a socket's listener it would end the whole process.
      this.events.failed(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#reading = false;
    }
    this.#afterReading();
  }

  #afterReading(): void {
    if (!this.#open) {
      return;
    }
    if (this.#end !== undefined && !this.#reader.hasUnread) {
      const tell = this.#ending;
      this.#ending = undefined;
      tell?.();
    } else if (this.#reader.isSuspended) {
      this.#hold();
      this.#waitForTurn();
    } else if (this.#held) {
      this.#held = false;
      this.response.resume();
    }
  }

  #hold(): void {
    this.#held = true;
    this.response.pause();
  }

  #waitForTurn(): void {
    if (this.#paused) {
      return;
    }
    this.#cancelTurn ??= this.turn.next(() => {
      this.#cancelTurn = undefined;
      this.#lastByteAt = this.clock.now();
      this.#readOn();
    });
  }

  /** The events, each of which uses up some of the turn. */
  #counted(): ReaderEvents {
    const { events } = this;
    const spend = (count: number, bytes = 0): void => {
      this.turn.spend(count, bytes);
      if (this.turn.isOver) {
        this.#reader.suspend();
      }
    };
    return {
      ...(events.frame !== undefined && {
        frame: (frame, head) => {
          events.frame?.(frame, head);
          // The codec private data is shared, but not where a message goes to several nodes: it is copied then.
          spend(1, frame.sizeInBytes + (frame.track.codecPrivate?.length ?? 0));
        },
      }),
      head: (head) => {
        events.head?.(head);
      },
      chunk: (chunk) => {
        events.chunk(chunk);
        spend(1 + chunk.frames / FRAMES_PER_EVENT, chunk.data.length);
      },
      cut: (cut) => {
        events.cut(cut);
        spend(1);
      },
      inBandError: (error) => {
        events.inBandError(error);
        spend(1);
      },
      malformed: (error) => {
        events.malformed(error);
        spend(1);
      },
      tooLarge: (head, error) => {
        events.tooLarge(head, error);
        spend(1);
      },
      reread: (bytes) => {
        spend(bytes / REREAD_BYTES_PER_EVENT);
      },
    };
  }

  #watch(): void {
    this.#unwatch();
    this.#lastByteAt = this.clock.monotonic();
    this.#arm(this.options.stallTimeoutMs);
  }

  /** One timer that looks when the last byte came, instead of one that is set anew for each slice. */
  #arm(ms: number): void {
    this.#cancelWatchdog = this.clock.after(ms, () => {
      const silentMs = this.clock.monotonic() - this.#lastByteAt;
      if (silentMs >= this.options.stallTimeoutMs) {
        this.#cancelWatchdog = undefined;
        this.events.stalled(silentMs);
      } else {
        this.#arm(this.options.stallTimeoutMs - silentMs);
      }
    });
  }

  #unwatch(): void {
    this.#cancelWatchdog?.();
    this.#cancelWatchdog = undefined;
  }
}
