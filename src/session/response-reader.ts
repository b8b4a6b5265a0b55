/** Reads one response with media, of GetMedia or GetMediaForFragmentList, in bounded turns; watches for silence. */
import type { Clock } from '../clock';
import type { MediaResponse } from '../kinesis-video';
import { ChunkReader, type TruncatedChunk, type ReaderEvents } from '../matroska';
import type { EventLoopTurn } from '../event-loop-turn';
import { noteMedia } from '../young-memory';
import { StallWatch } from './stall-watch';

/** How a response ended: by the service, or broken off. */
export type ResponseEnd = 'ended' | 'broken';

/** What is found in a response, and how it fares. Nothing is reported after `close()`. */
export interface ResponseReaderEvents extends Pick<
  ReaderEvents,
  'head' | 'frame' | 'chunk' | 'inBandError' | 'malformed' | 'tooLarge'
> {
  /** See `ChunkReaderOptions`. */
  keepsFrames?(): boolean;
  /** @param end how the response ended, if it ended with this chunk: else the next one follows */
  truncated(chunk: TruncatedChunk, end: ResponseEnd | undefined): void;
  /** The service ended the response. */
  ended(): void;
  failed(error: Error): void;
  /** Reading, but not a byte for at least this long. */
  stalled(silentMs: number): void;
  /** Each slice, for the rates. */
  received(bytes: number): void;
}

export interface ResponseReaderOptions {
  readonly stallTimeoutMs: number;
  readonly maxChunkBytes: number;
  /** Whether the service ends chunks with tags, as GetMedia does and GetMediaForFragmentList does not; default: true. */
  readonly closingTags?: boolean;
}

/** A chunk message counts as one event, and one more for so many frames: whoever takes it looks at each of them. */
const FRAMES_PER_EVENT = 64;
/** Reading so much of damaged media again, which may be full of what looks like a chunk, counts as one event. */
const REREAD_BYTES_PER_EVENT = 512;
/** And so does reading so many elements, of which there may be one for every two bytes. */
const ELEMENTS_PER_EVENT = 256;

/**
 * Reads one response: its bytes go through its own chunk reader, no more in a turn of the event loop than the turn has
 * room for, and a watch reports when none come.
 */
export class ResponseReader {
  readonly #reader: ChunkReader;
  /** The one that came last. */
  #slice: Buffer | undefined;
  /** Made once, not for each of the many slices. */
  readonly #writeSlice = (): void => {
    if (this.#slice !== undefined) {
      this.#reader.write(this.#slice);
    }
  };
  #open = true;
  #paused = false;
  /** Bytes are being read: the reader calls back. */
  #reading = false;
  /** The response waits for the reader, which waits for its turn. */
  #held = false;
  #cancelTurn: (() => void) | undefined;
  /** What to report when the response is over and all of it has been read. */
  #ending: (() => void) | undefined;
  #received = 0;
  /** Set when the response is over. Much of it may still be unread then. */
  #end: ResponseEnd | undefined;
  readonly #stallWatch: StallWatch;

  constructor(
    private readonly response: MediaResponse,
    options: ResponseReaderOptions,
    clock: Clock,
    private readonly events: ResponseReaderEvents,
    private readonly turn: EventLoopTurn,
  ) {
    const { maxChunkBytes, stallTimeoutMs, closingTags = true } = options;
    // Who takes frames has no use for the chunk's bytes.
    const chunkData = events.frame === undefined;
    const keepsFrames = (): boolean => events.keepsFrames?.() ?? true;
    this.#reader = new ChunkReader(this.#counted(), { maxChunkBytes, chunkData, keepsFrames, closingTags });
    this.#stallWatch = new StallWatch(stallTimeoutMs, clock, (silentMs) => {
      events.stalled(silentMs);
    });
  }

  start(): void {
    this.#stallWatch.begin();
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
    this.#stallWatch.end();
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
    this.#reader.suspend();
    this.#hold();
  }

  resume(): void {
    if (this.#open) {
      this.#paused = false;
      if (this.#end === undefined) {
        this.#stallWatch.begin();
      }
      this.#continue();
    }
  }

  /** Frees the socket at once; what the reader would still find in the slice at hand is not reported. Idempotent. */
  close(): void {
    this.#open = false;
    this.#stallWatch.end();
    this.#cancelTurn?.();
    this.#reader.stop();
    this.response.close();
  }

  #take(slice: Buffer): void {
    if (!this.#open) {
      return;
    }
    this.#stallWatch.hasCome = true;
    this.#received += slice.length;
    this.events.received(slice.length);
    noteMedia(slice.length);
    if (this.turn.isExhausted) {
      this.#reader.suspend();
    }
    this.#slice = slice;
    this.#read(this.#writeSlice);
  }

  #finish(end: ResponseEnd, report: () => void): void {
    this.#stallWatch.end();
    if (!this.#open) {
      return;
    }
    this.#end = end;
    // A response that breaks while reading is paused is no failure: the next call asks for what was not read.
    this.#ending = this.#paused
      ? () => {
          this.events.ended();
        }
      : report;
    this.#read(() => {
      this.#reader.end(end === 'broken');
    });
  }

  #continue(): void {
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
      const report = this.#ending;
      this.#ending = undefined;
      report?.();
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
      this.#stallWatch.hasCome = true;
      this.#continue();
    });
  }

  /** The events, each of which uses up some of the turn. */
  #counted(): ReaderEvents {
    const { events } = this;
    // Whole numbers, since a fraction would be an object of its own for each frame.
    const spend = (count: number, bytes = 0): void => {
      this.turn.spend(count, bytes);
      if (this.turn.isExhausted) {
        this.#reader.suspend();
      }
    };
    return {
      ...(events.frame !== undefined && {
        frame: (frame, head) => {
          events.frame?.(frame, head);
          // The codec private data is shared, but not where a message has several takers: it is copied then.
          spend(1, frame.sizeInBytes + (frame.track.codecPrivate?.length ?? 0));
        },
      }),
      head: (head) => {
        events.head?.(head);
      },
      chunk: (chunk) => {
        events.chunk(chunk);
        spend(1 + Math.ceil(chunk.frames / FRAMES_PER_EVENT), chunk.data.length);
      },
      truncated: (chunk) => {
        events.truncated(chunk, this.#endAt(chunk));
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
        spend(Math.ceil(bytes / REREAD_BYTES_PER_EVENT));
      },
      elements: (count) => {
        spend(Math.ceil(count / ELEMENTS_PER_EVENT));
      },
    };
  }

  #endAt({ head, sizeInBytes }: TruncatedChunk): ResponseEnd | undefined {
    return head.offset + sizeInBytes < this.#received ? undefined : this.#end;
  }
}
