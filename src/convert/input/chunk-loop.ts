/** Leads a converter from chunk to chunk of a payload, and reports what cannot be converted. */
import { Output } from '../output';
import { ConversionError, type ConversionErrorType } from '../problems';
import type { Conversion } from '../types';
import { findChunks, type MediaChunk } from './find-chunks';

/** Searching so much of damaged media, which may be full of what looks like a chunk, takes as long as a frame. */
const SEARCHED_BYTES_PER_FRAME = 8;
const LARGE_CHUNK_FRAMES = 5_000;

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

  /** Step by step, a chunk at a time. */
  *steps(payload: Buffer): Generator<Conversion> {
    for (const found of findChunks(payload)) {
      let output = new Output();
      if ('searched' in found) {
        output.frames = found.searched / SEARCHED_BYTES_PER_FRAME;
      } else if ('chunk' in found) {
        const { length } = found.chunk.frames;
        if (length > LARGE_CHUNK_FRAMES) {
          // To have read so many is a step of its own.
          output.frames = length;
          yield output;
        }
        output = new Output();
        output.frames = length;
        this.#take(found.chunk, output);
        output.close(found.chunk.identity);
      } else if (found.error.ErrorType === 'TruncatedChunk') {
        output.note(found.error.ErrorType, found.error.message, found.identity);
      } else {
        output.skip(found.error, found.identity);
        this.sink.lost();
      }
      yield output;
    }
  }

  /** All at once. */
  run(payload: Buffer): Conversion {
    const all = [...this.steps(payload)];
    return {
      media: all.flatMap(({ media }) => media),
      problems: all.flatMap(({ problems }) => problems),
      frames: all.reduce((sum, { frames }) => sum + frames, 0),
    };
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
