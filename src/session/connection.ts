import type { Clock } from '../clock';
import type { MediaResponse } from '../kinesis-video';
import { ChunkReader, type ChunkHead, type ReaderEvents } from '../matroska';

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

/** One GetMedia response being read: its bytes go through a reader of its own, and a watchdog sees that they come. */
export class Connection {
  /** Has this response brought a chunk that was new? */
  fruitful = false;
  /** The chunk that is arriving, once its media have begun. */
  arriving: ChunkHead | undefined;
  /** Where a chunk began that is damaged, and is to be passed over since it has been asked for often enough. */
  passOverAt: number | undefined;

  readonly #reader: ChunkReader;
  #open = true;
  #lastByteAt = 0;
  #cancelWatchdog: (() => void) | undefined;

  constructor(
    private readonly response: MediaResponse,
    private readonly options: { readonly stallTimeoutMs: number; readonly maxChunkBytes: number },
    private readonly clock: Clock,
    private readonly events: ConnectionEvents,
  ) {
    const { maxChunkBytes } = options;
    // Who takes frames has no use for the chunk's bytes.
    this.#reader = new ChunkReader(events, { maxChunkBytes, chunkData: events.frame === undefined });
  }

  get RequestId(): string | null {
    return this.response.RequestId;
  }

  /** Has the response ended or broken? What the reader says now is of its very end. */
  get over(): boolean {
    return this.#over;
  }
  #over = false;

  start(): void {
    this.#watch();
    this.response.read({
      bytes: (slice) => {
        this.#take(slice);
      },
      ended: () => {
        this.#finish(() => {
          this.events.ended();
        });
      },
      failed: (error) => {
        this.#finish(() => {
          this.events.failed(error);
        });
      },
    });
  }

  pause(): void {
    this.#unwatch();
    this.response.pause();
  }

  resume(): void {
    if (this.#open) {
      this.#watch();
      this.response.resume();
    }
  }

  /** Frees the socket at once; what the reader would still find in the slice at hand is not told. Idempotent. */
  close(): void {
    this.#open = false;
    this.#unwatch();
    this.#reader.stop();
    this.response.close();
  }

  #take(slice: Buffer): void {
    if (!this.#open) {
      return;
    }
    this.#lastByteAt = this.clock.monotonic();
    this.events.received(slice.length);
    try {
      this.#reader.write(slice);
    } catch (error) {
      // Thrown into a socket's listener it would end the whole process.
      this.events.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #finish(tell: () => void): void {
    this.#unwatch();
    if (!this.#open) {
      return;
    }
    this.#over = true;
    this.#reader.end();
    if (this.#isOpen()) {
      tell();
    }
  }

  /** A method, so that the compiler does not take the flag for unchanged over the calls between. */
  #isOpen(): boolean {
    return this.#open;
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
