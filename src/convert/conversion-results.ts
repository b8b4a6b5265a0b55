/** Collects the results of one chunk: media, and what could not be converted. */
import type { Statement } from '../statement';
import type { ConversionError, ConversionErrorType } from './problems';
import { conversionStatement } from './conversion-statements';
import type { ChunkDescription, ChunkIdentity, Conversion, Converted, MediaFormat, Problem } from './types';

const NOTHING = Buffer.alloc(0);

/** Number of problems of one kind in a chunk that are reported one by one; the others are counted. */
const MAX_NOTES = 10;

/** Media that is made when it is asked for. */
class LaterMedia implements Converted {
  readonly #make: () => Buffer;

  constructor(
    make: () => Buffer,
    readonly format: MediaFormat,
    readonly chunk: ChunkIdentity,
  ) {
    this.#make = make;
  }

  get data(): Buffer {
    return this.#make();
  }
}

/** The results of one chunk. */
export class ConversionResults implements Conversion {
  readonly media: Converted[] = [];
  readonly problems: Problem[] = [];
  readonly #notes = new Map<ConversionErrorType, number>();

  /** @param make is called when the media is asked for, so that no more of it is in memory than is dealt with */
  addLater(make: () => Buffer, format: MediaFormat, chunk: ChunkIdentity): void {
    this.media.push(new LaterMedia(make, format, chunk));
  }

  add(data: Buffer, format: MediaFormat, chunk: ChunkIdentity): void {
    this.media.push({ data, format, chunk });
  }

  describe(description: ChunkDescription, format: MediaFormat, chunk: ChunkIdentity): void {
    this.media.push({ data: NOTHING, description, format, chunk });
  }

  /** Something that was converted all the same. */
  note(ErrorType: ConversionErrorType, statement: Statement, chunk: ChunkIdentity): void {
    const count = (this.#notes.get(ErrorType) ?? 0) + 1;
    this.#notes.set(ErrorType, count);
    if (count <= MAX_NOTES) {
      this.problems.push({ ErrorType, statement, action: 'ignore', chunk });
    }
  }

  /** The chunk has been dealt with. */
  close(chunk: ChunkIdentity): void {
    for (const [ErrorType, count] of this.#notes) {
      if (count > MAX_NOTES) {
        const statement = conversionStatement('conversion.again', { count: count - MAX_NOTES });
        this.problems.push({ ErrorType, statement, action: 'ignore', chunk });
      }
    }
  }

  skip({ ErrorType, statement }: ConversionError, chunk: ChunkIdentity): void {
    this.problems.push({ ErrorType, statement, action: 'skip', chunk });
  }
}
