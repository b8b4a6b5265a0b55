/** Reads the chunks of one payload after the other, with their frames as they are stored. */
import { definedOnly } from '../../defined-only';
import {
  type Chunk,
  type ChunkHead,
  ChunkReader,
  DEFAULT_MAX_CHUNK_BYTES,
  type Frame,
  type TruncatedChunk,
} from '../../matroska';
import { copyBuffer } from '../copy-buffer';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget } from '../steps';
import type { ChunkIdentity } from '../types';
import { ID } from './element-ids';

/** A chunk with its frames as they are stored. */
export interface StoredChunk {
  readonly head: ChunkHead;
  /** Contents of its Tracks and Tags elements: views of the payload. */
  readonly trackElement: Buffer | undefined;
  readonly tagElements: readonly Buffer[];
  readonly frames: readonly Frame[];
}

/** Something that cannot be converted, and the chunk that it is or lies in. */
export interface Fault {
  readonly error: ConversionError;
  readonly identity: ChunkIdentity;
}

type Read = StoredChunk | Fault | undefined;

/** So many frames are read in a step. */
const FRAMES_PER_STEP = 5_000;
/** The reader gets so much at once: it searches damaged bytes to the end of what it has, which may take 10 ns each. */
const BYTES_PER_WRITE = 256 * 1024;
/** One that is kept stops at damage, and searches no more than what an unknown element holds. */
const BYTES_PER_KEPT_WRITE = 1024 * 1024;
const UNITS_PER_WRITE = 500;
/** Units of work for a chunk without frames, and for a Tags element. */
const UNITS_PER_CHUNK = 10;
const TAG_BYTES_PER_UNIT = 64;
/** An empty Void element, which may stand between chunks. */
const VOID = Buffer.from([0xec, 0x80]);
const NO_PAYLOAD: Buffer = Buffer.alloc(0);
/** Given so many bytes, a reader is replaced: offsets stay integers that V8 does not put into memory of their own. */
const MOST_BYTES = 2 ** 30;
const EBML_ID = 0x1a45dfa3;
const EBML_ID_BYTES = 4;

/**
 * Reads the chunks of a payload, and then of further payloads as long as all of them are whole: to make a reader for each
 * costs as much as reading a small chunk. Where a further payload is not whole, this one gives up without a word, and a
 * new one has to read that payload: positions in errors, and what is searched for after damage, are then those of the
 * payload alone.
 */
export class PayloadReader {
  /** Has read whole chunks alone so far, and can read another payload. */
  isReusable = false;

  readonly #reader: ChunkReader;
  /** Has read a payload before. */
  #isKept = false;
  #hasGivenUp = false;
  #payload = NO_PAYLOAD;
  /** What the reader got last of it. */
  #slice = NO_PAYLOAD;
  #budget: StepBudget | undefined;
  /** Offsets in all that the reader has been given: of the payload's end, and of the last whole chunk's. */
  #payloadEnd = 0;
  #chunkEnd = 0;
  #found: Read[] = [];
  #frames: Frame[] = [];
  #trackElement: Buffer | undefined;
  #tagElements: Buffer[] = [];

  /** @param payloadBytes of the first payload; a chunk may be as large */
  constructor(payloadBytes: number) {
    this.#reader = new ChunkReader(
      {
        master: (id, view) => {
          this.#takeMaster(id, view);
        },
        frame: (frame) => {
          this.#takeFrame(frame);
        },
        reread: () => {
          this.#report(undefined);
        },
        elements: () => {
          this.#find(undefined);
        },
        chunk: (chunk) => {
          this.#takeChunk(chunk);
        },
        truncated: (chunk) => {
          this.#takeTruncated(chunk);
        },
        malformed: (error) => {
          this.#report({
            error: new ConversionError('MalformedMedia', error.statement),
            identity: {},
          });
        },
        tooLarge: (head, error) => {
          this.#forget();
          this.#report({
            error: new ConversionError(
              'ChunkTooLarge',
              conversionStatement('conversion.chunkTooLarge', {
                sizeInBytes: error.sizeInBytes,
                allowedBytes: error.maxChunkBytes,
              }),
            ),
            identity: identityOf(head),
          });
        },
        inBandError: nothing,
      },
      {
        chunkData: false,
        slicesStay: true,
        maxChunkBytes: Math.max(DEFAULT_MAX_CHUNK_BYTES, payloadBytes),
      },
    );
  }

  /** May this one, which is reusable, read the payload? Another reader tells what is wrong with what is no chunk. */
  accepts(payload: Buffer): boolean {
    return (
      payload.length >= EBML_ID_BYTES &&
      payload.length <= DEFAULT_MAX_CHUNK_BYTES &&
      payload.readUInt32BE(0) === EBML_ID
    );
  }

  /**
   * Gives what is found, in order, and undefined where a step ends in which nothing was found. Returns false where this
   * reader has read another payload before and gives up on this one.
   */
  *read(payload: Buffer, budget: StepBudget): Generator<Read, boolean> {
    const reader = this.#reader;
    this.isReusable = false;
    this.#payload = payload;
    this.#budget = budget;
    this.#payloadEnd += payload.length;
    let written = 0;
    let hasEnded = false;
    for (;;) {
      if (this.#found.length > 0) {
        const now = this.#found;
        this.#found = [];
        yield* now;
      }
      if (this.#hasGivenUp) {
        return false;
      }
      if (reader.isSuspended) {
        reader.resume();
      } else if (written < payload.length) {
        if (written > 0 && budget.spend(UNITS_PER_WRITE)) {
          yield undefined;
        }
        const most = this.#isKept ? BYTES_PER_KEPT_WRITE : BYTES_PER_WRITE;
        this.#slice = payload.length <= most ? payload : payload.subarray(written, written + most);
        written += this.#slice.length;
        reader.write(this.#slice);
      } else if (hasEnded) {
        return true;
      } else if (this.#chunkEnd === this.#payloadEnd) {
        this.#keep();
        return true;
      } else if (this.#isKept) {
        return false;
      } else {
        hasEnded = true;
        reader.end();
      }
    }
  }

  /** Lets go of the payload, of which the reader may hold what it got last, and is ready for another one. */
  #keep(): void {
    this.#isKept = true;
    this.#payload = NO_PAYLOAD;
    this.#slice = NO_PAYLOAD;
    this.#budget = undefined;
    this.#forget();
    this.#reader.write(VOID);
    this.#payloadEnd += VOID.length;
    this.isReusable = !this.#hasGivenUp && this.#payloadEnd < MOST_BYTES;
  }

  #forget(): void {
    this.#frames = [];
    this.#trackElement = undefined;
    this.#tagElements = [];
  }

  #find(what: Read): void {
    this.#found.push(what);
    this.#reader.suspend();
  }

  /** Something that does not come in whole chunks. */
  #report(what: Read): void {
    if (this.#isKept) {
      this.#hasGivenUp = true;
      this.#reader.stop();
    } else {
      this.#find(what);
    }
  }

  #spend(units: number): void {
    if (this.#budget?.spend(units) === true) {
      this.#find(undefined);
    }
  }

  #takeMaster(id: number, view: Buffer): void {
    const content = view.buffer === this.#payload.buffer ? view : copyBuffer(view);
    if (id === ID.Tags) {
      this.#tagElements.push(content);
    } else {
      this.#trackElement = content;
    }
    this.#spend(content.length / TAG_BYTES_PER_UNIT);
  }

  #takeFrame(frame: Frame): void {
    const frames = this.#frames;
    // What was damaged and is read again lies in the reader's own memory.
    frames.push(frame.sharesMemoryWith(this.#slice) ? frame : frame.detachedCopy());
    if (frames.length % FRAMES_PER_STEP === 0) {
      this.#find(undefined);
    }
  }

  #takeChunk(chunk: Chunk): void {
    const end = chunk.offset + chunk.sizeInBytes;
    this.#chunkEnd = end;
    this.#give(chunk, end);
  }

  #takeTruncated({ head, frames, sizeInBytes, lacksOnlyClosingTags }: TruncatedChunk): void {
    if (this.#isKept || !lacksOnlyClosingTags) {
      this.#report({
        error: new ConversionError('TruncatedChunk', conversionStatement('conversion.truncated', { frames })),
        identity: identityOf(head),
      });
    }
    this.#give(head, head.offset + sizeInBytes);
  }

  #give(head: ChunkHead, end: number): void {
    const frames = this.#frames;
    if (frames.length > 0 && !this.#hasGivenUp) {
      this.#found.push({ head, trackElement: this.#trackElement, tagElements: this.#tagElements, frames });
      if (end < this.#payloadEnd) {
        this.#reader.suspend();
      }
    } else {
      this.#spend(UNITS_PER_CHUNK);
    }
    this.#forget();
  }
}

/** Whoever read the stream has reported error tags within the media. */
function nothing(): void {
  // Nothing is to be done.
}

/** Nearly every chunk has all three, and this is done for each. */
export function identityOf({ FragmentNumber, ProducerTimestamp, ServerTimestamp }: ChunkHead): ChunkIdentity {
  return FragmentNumber === undefined || ProducerTimestamp === undefined || ServerTimestamp === undefined
    ? definedOnly({ FragmentNumber, ProducerTimestamp, ServerTimestamp })
    : { FragmentNumber, ProducerTimestamp, ServerTimestamp };
}
