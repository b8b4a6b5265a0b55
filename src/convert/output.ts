import type { ChunkDescription } from './description';
import { findChunks, type MediaChunk } from './chunk-frames';
import { ConversionError, type ConversionErrorType } from './problems';
import type { ChunkIdentity, Conversion, Converted, MediaFormat, Problem } from './types';

const NOTHING = Buffer.alloc(0);

/** What comes of the chunks of one payload. */
export class Output implements Conversion {
  readonly media: Converted[] = [];
  readonly problems: Problem[] = [];

  add(data: Buffer, format: MediaFormat, chunk: ChunkIdentity): void {
    this.media.push({ data, format, chunk });
  }

  describe(description: ChunkDescription, format: MediaFormat, chunk: ChunkIdentity): void {
    this.media.push({ data: NOTHING, description, format, chunk });
  }

  /** Something that was converted all the same. @param message a clause, without a full stop */
  note(ErrorType: ConversionErrorType, message: string, chunk: ChunkIdentity): void {
    this.problems.push({ ErrorType, message: sentence(message), action: 'ignore', chunk });
  }

  skip({ ErrorType, message }: ConversionError, chunk: ChunkIdentity): void {
    this.problems.push({ ErrorType, message: sentence(message), action: 'skip', chunk });
  }
}

/** How one kind of converter takes chunks. */
export interface ChunkSink {
  /** Throws `ConversionError` for a chunk that is left out; nothing of it must have been added by then. */
  take(chunk: MediaChunk, output: Output): void;
  /** Something was left out before the next chunk. */
  lost(): void;
}

/** Leads a converter from chunk to chunk. */
export class ChunkLoop {
  /** What a stream of chunks of one kind would be told with every chunk, and is told once. */
  #told: string | undefined;

  constructor(private readonly sink: ChunkSink) {}

  run(payload: Buffer): Output {
    const output = new Output();
    for (const found of findChunks(payload)) {
      if ('chunk' in found) {
        this.#take(found.chunk, output);
      } else if (found.error.ErrorType === 'TruncatedChunk') {
        output.note(found.error.ErrorType, found.error.message, found.identity);
      } else {
        output.skip(found.error, found.identity);
        this.sink.lost();
      }
    }
    return output;
  }

  #take(chunk: MediaChunk, output: Output): void {
    try {
      this.sink.take(chunk, output);
      this.#told = undefined;
    } catch (error) {
      if (!(error instanceof ConversionError)) {
        throw error;
      }
      const told = LASTING.has(error.ErrorType) ? error.message : undefined;
      if (told === undefined || told !== this.#told) {
        output.skip(error, chunk.identity);
      }
      this.#told = told;
      this.sink.lost();
    }
  }
}

/** What lies in the stream rather than in the chunk. */
const LASTING: ReadonlySet<ConversionErrorType> = new Set(['UnsupportedCodec', 'NoSuchTrack']);

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
