/** Leads a converter from chunk to chunk of a payload, and reports what cannot be converted. */
import { ConversionResults } from '../conversion-results';
import { ConversionError, type ConversionErrorType } from '../problems';
import { StepBudget, type Steps } from '../steps';
import type { ChunkIdentity, Conversion, Converter } from '../types';
import { ChunkFinder, type MediaChunk } from './find-chunks';
import { type SingleFrame, SingleFrames } from './single-frame';

/** How one kind of converter takes chunks. */
export interface ChunkSink {
  /** Throws `ConversionError` for a chunk that is left out; none of its media may have been added by then. */
  take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void>;
  /** Something was left out before the next chunk. */
  lost(): void;
}

/** A converter that can be led chunk by chunk, too. */
export interface ChunkConverter extends Converter, ChunkSink {}

/** The result of a step within a chunk. */
const NOTHING_YET: Conversion = { media: [], problems: [] };

/** Leads a converter from chunk to chunk. */
export class ChunkLoop {
  /** Problems that every chunk of a stream would repeat, and that are reported once. */
  #told: string | undefined;

  readonly #finder = new ChunkFinder();
  readonly #singleFrames = new SingleFrames();

  constructor(private readonly sink: ChunkSink) {}

  /**
   * Step by step: a chunk that takes long has several steps, and the last one has its result. Each chunk is held
   * until the next is found, which says how long its last frames last.
   */
  *steps(payload: Buffer): Generator<Conversion> {
    const budget = new StepBudget();
    let held: MediaChunk | undefined;
    for (const found of this.#finder.find(payload, budget)) {
      if (found === undefined) {
        yield NOTHING_YET;
        continue;
      }
      const next = 'chunk' in found ? found.chunk : undefined;
      if (held !== undefined) {
        yield* this.#convert({ ...held, nextStarts: next && startsAfter(held, next) }, budget);
      }
      held = next;
      if ('error' in found) {
        yield this.#report(found.error, found.identity);
      }
    }
    if (held !== undefined) {
      yield* this.#convert(held, budget);
    }
  }

  /** The same for a frame that comes by itself. */
  *frameSteps(frame: SingleFrame): Generator<Conversion> {
    const budget = new StepBudget();
    for (const found of this.#singleFrames.find(frame, budget)) {
      if (found === undefined) {
        yield NOTHING_YET;
      } else if ('chunk' in found) {
        yield* this.#convert(found.chunk, budget);
      } else {
        yield this.#report(found.error, found.identity);
      }
    }
  }

  /** All at once. */
  run(payload: Buffer): Conversion {
    const all = [...this.steps(payload)].filter((one) => one !== NOTHING_YET);
    const [first = NOTHING_YET] = all;
    if (all.length <= 1) {
      return first;
    }
    return {
      media: all.flatMap(({ media }) => media),
      problems: all.flatMap(({ problems }) => problems),
    };
  }

  #report(error: ConversionError, identity: ChunkIdentity): ConversionResults {
    const results = new ConversionResults();
    if (error.ErrorType === 'TruncatedChunk') {
      results.note(error.ErrorType, error.statement, identity);
    } else {
      results.skip(error, identity);
      this.sink.lost();
    }
    return results;
  }

  *#convert(chunk: MediaChunk, budget: StepBudget): Generator<Conversion> {
    const results = new ConversionResults();
    try {
      const work = this.sink.take(chunk, results, budget);
      while (work.next().done !== true) {
        yield NOTHING_YET;
      }
      this.#told = undefined;
    } catch (error) {
      if (!(error instanceof ConversionError)) {
        throw error;
      }
      const told = LASTING.has(error.ErrorType) ? JSON.stringify(error.statement) : undefined;
      if (told === undefined || told !== this.#told) {
        results.skip(error, chunk.identity);
      }
      this.#told = told;
      this.sink.lost();
    }
    results.close(chunk.identity);
    yield results;
  }
}

/** What lies in the stream rather than in the chunk. */
const LASTING: ReadonlySet<ConversionErrorType> = new Set(['UnsupportedCodec', 'NoSuchTrack']);

/** Undefined where the chunks do not say when they begin. */
function startsAfter(chunk: MediaChunk, next: MediaChunk): ReadonlyMap<number, number> | undefined {
  const from = chunk.identity.ProducerTimestamp;
  const to = next.identity.ProducerTimestamp;
  if (from === undefined || to === undefined) {
    return undefined;
  }
  const starts = new Map<number, number>();
  for (const { track, timecodeMs } of next.frames) {
    const start = timecodeMs + to - from;
    if (start < (starts.get(track.number) ?? Infinity)) {
      starts.set(track.number, start);
    }
  }
  return starts;
}
