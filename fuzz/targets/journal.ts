/** Checks and records the events of a reader under fuzzing. */
import {
  MalformedMediaError,
  type Chunk,
  type ChunkHead,
  type ChunkTooLargeError,
  type TruncatedChunk,
  type Frame,
  type InBandError,
  type ReaderEvents,
} from '../../src/matroska';

const EBML_ID = Buffer.from('1a45dfa3', 'hex');
const TAGS_ID = Buffer.from('1254c367', 'hex');
/** Of a call, besides what it has of the input. */
const MOST_TEXT = 4_000;
/** What a flow writes into a frame that it was given. */
const WRITTEN = 0xee;

/**
 * Takes what a reader calls, holds it against what came in and against what was called before, and writes it down.
 * Throws, through the reader, at the first thing that cannot be.
 */
export class Journal implements ReaderEvents {
  /** All that was called, to be compared. */
  text = '';
  /** A letter for each call but those for frames. */
  kinds = '';
  readonly chunks: Buffer[] = [];

  /** EBML headers in the input: no chunk begins elsewhere, nor twice at the same one. */
  readonly #headers: number;
  /** Tags elements in the input, or what looks like one. */
  readonly #tagElements: number;
  /** Calls so far for chunks and rubbish, and for errors of the service. */
  #outputs = 0;
  #inBandErrors = 0;
  /** Of the frames of the open chunk. */
  #frameBytes = 0;

  /** The head of which the end has not come. */
  #head: ChunkHead | undefined;
  #frames = 0;
  /** Where in the input the last frame ended at the earliest. */
  #frameEnd = 0;
  /** Frames that were taken for good. */
  readonly #given: Buffer[] = [];
  /** Where the last chunk or head began, and where the next one may begin. */
  #from = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly maxChunkBytes: number,
    private readonly hasData: boolean,
    /** That a chunk may have. */
    private readonly maxFrames: number,
  ) {
    this.#headers = count(bytes, EBML_ID);
    this.#tagElements = count(bytes, TAGS_ID);
  }

  get lastChunk(): Buffer | undefined {
    return this.chunks.at(-1);
  }

  get withoutFrames(): ReaderEvents {
    return {
      head: this.head,
      chunk: this.chunk,
      truncated: this.truncated,
      inBandError: this.inBandError,
      malformed: this.malformed,
      tooLarge: this.tooLarge,
    };
  }

  readonly head = (head: ChunkHead): void => {
    demand(this.#head === undefined, 'a chunk within a chunk');
    demand(head.offset >= this.#from, 'a chunk that begins within another');
    demand(this.bytes.readUInt32BE(head.offset) === 0x1a45dfa3, 'a chunk that begins nowhere');
    this.#head = head;
    this.#from = head.offset;
    this.#frameEnd = head.offset;
    this.#frames = 0;
    this.#write('h', describe(head));
  };

  readonly frame = (frame: Frame, head: ChunkHead): void => {
    const { track, index, timecodeMs, keyframe, discardable, data } = frame;
    demand(head === this.#head, 'a frame of another chunk');
    demand(index === this.#frames, 'a frame out of order');
    demand(index < this.maxFrames, 'more frames than a chunk may have');
    const found = this.bytes.indexOf(data, this.#frameEnd);
    demand(found >= 0 || data.length === 0, 'a frame that never came');
    this.#frameBytes += data.length;
    demand(this.#frameBytes <= this.bytes.length - head.offset, 'more bytes in frames than have come');
    this.#frameEnd = data.length === 0 ? this.#frameEnd : found + data.length;
    this.#frames += 1;
    this.text += `f ${track.number} ${track.type} ${timecodeMs} ${keyframe} ${discardable} ${data.toString('latin1')}\n`;
    const given = frame.own();
    demand(given.equals(data), 'other bytes than those of the frame');
    this.#given.push(given.fill(WRITTEN));
  };

  readonly chunk = (chunk: Chunk): void => {
    const { offset, data, sizeInBytes, hasCluster, frames, lengthMs } = chunk;
    const end = offset + sizeInBytes;
    demand(
      hasCluster === (this.#head !== undefined),
      'a chunk with media needs a head, and one without has none',
    );
    demand(this.#head === undefined || this.#head.offset === offset, 'the end of another chunk');
    demand(offset >= this.#from && end <= this.bytes.length, 'a chunk that overlaps another');
    demand(sizeInBytes <= this.maxChunkBytes, 'a chunk beyond the limit');
    demand(this.#frames === 0 || this.#frames === frames, 'frames that are not counted');
    demand(Number.isFinite(lengthMs), 'a length that is no number');
    if (this.hasData) {
      demand(data.length === sizeInBytes && data.equals(this.bytes.subarray(offset, end)), 'other bytes');
      demand(data.buffer !== this.bytes.buffer, 'bytes that are not the chunk’s own');
    } else {
      demand(data.length === 0, 'bytes that nobody asked for');
    }
    this.chunks.push(data);
    this.#end(end);
    const { ContinuationToken, MillisBehindNow } = chunk;
    const rest = [sizeInBytes, hasCluster, ContinuationToken, MillisBehindNow, frames, lengthMs].join(' ');
    this.#write('c', `${describe(chunk)} ${rest}`);
  };

  readonly truncated = ({ head, hasCluster, sizeInBytes, frames }: TruncatedChunk): void => {
    demand(hasCluster === (this.#head !== undefined), 'a truncated chunk that has not begun');
    demand(this.#head === undefined || this.#head === head, 'a truncated chunk other than the open one');
    demand(
      sizeInBytes >= 0 && head.offset + sizeInBytes <= this.bytes.length,
      'a truncated chunk beyond the end',
    );
    this.#end(head.offset + 1);
    this.#write('x', `${describe(head)} ${hasCluster} ${sizeInBytes} ${frames}`);
  };

  readonly inBandError = (error: InBandError): void => {
    this.#inBandErrors += 1;
    demand(
      this.#inBandErrors <= this.#tagElements * (this.#headers + 1),
      'more errors of the service than tags that may hold one',
    );
    this.#write('e', JSON.stringify(error));
  };

  readonly malformed = (error: Error): void => {
    if (!(error instanceof MalformedMediaError)) {
      throw error;
    }
    const { offset, elementId, message, path } = error;
    demand(offset >= 0 && offset <= this.bytes.length, 'a wrong error');
    demand(message.length < 400, 'a long error');
    this.#write('m', `${message} ${offset} ${elementId ?? ''} ${path}`);
  };

  readonly tooLarge = (head: ChunkHead, error: ChunkTooLargeError): void => {
    demand(this.#head === undefined || this.#head === head, 'another chunk is too large');
    demand(
      error.sizeInBytes > this.maxChunkBytes || this.maxChunkBytes === Infinity,
      'a chunk within the limit',
    );
    this.#end(head.offset + 1);
    this.#write('l', `${describe(head)} ${error.message}`);
  };

  /** The input has ended. */
  close(): void {
    demand(this.#head === undefined, 'a chunk that never ends');
    for (const given of this.#given) {
      demand(
        given.every((byte) => byte === WRITTEN),
        'a frame that is written after it was taken',
      );
    }
  }

  #end(from: number): void {
    this.#head = undefined;
    this.#from = Math.max(this.#from, from);
    this.#frames = 0;
    this.#frameBytes = 0;
  }

  #write(kind: string, what: string): void {
    if (kind !== 'e') {
      this.#outputs += 1;
      // A head, an end and an error for each chunk, and one chunk that is truncated within its EBML header.
      demand(this.#outputs <= 3 * (this.#headers + 1), 'more calls than the input has chunks for');
    }
    demand(what.length <= 5 * this.bytes.length + MOST_TEXT, 'a call with more text than has come');
    this.kinds += kind;
    this.text += `${kind} ${what}\n`;
  }
}

function describe({
  offset,
  FragmentNumber,
  ServerTimestamp,
  ProducerTimestamp,
  tags,
  tracks,
}: ChunkHead): string {
  const named = [...tags].map(([name, values]) => `${name}=${values.join()}`).join();
  const listed = tracks
    .map((track) =>
      [track.number, track.type, track.name, track.codecId, track.codecPrivate?.length, track.width].join(),
    )
    .join(';');
  return `${offset} ${FragmentNumber} ${ServerTimestamp} ${ProducerTimestamp} ${named} ${listed}`;
}

function count(bytes: Buffer, what: Buffer): number {
  let found = 0;
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + what.length)) {
    found += 1;
  }
  return found;
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) {
    throw new Error(otherwise);
  }
}
