/** Makes the clip of a range: reads its chunks, converts them as they arrive, and stores the result. */
import {
  ArchiveReader,
  coverageOf,
  type ArchivedChunk,
  type ArchiveDependencies,
  type ChunksResult,
  type RangeRequest,
  type Span,
} from '../archive';
import { ClipConverter, type ClipMedia, type FinishedClip, type Problem, type TrackFilter } from '../convert';
import { definedOnly } from '../defined-only';
import type { ErrorReport } from '../session';
import { processTurn } from '../event-loop-turn';
import type { ClipStore, StoredClip } from './clip-store';

export interface ClipRequest extends RangeRequest {
  readonly tracks: TrackFilter;
  readonly maxChunkBytes: number;
}

export interface Clip extends Omit<FinishedClip, 'head' | 'mediaBytes'> {
  readonly stored: StoredClip;
  readonly bytes: number;
}

export interface ClipResult {
  /** One for each run of chunks with the same tracks. */
  readonly clips: readonly Clip[];
  /** All of the range that was ever stored is in them. */
  readonly isComplete: boolean;
  /** It ends before the range does: its tracks change so often that it would be too many files. */
  readonly isCut: boolean;
  /** The beginning of the range, where it is outside the retention period. */
  readonly notRetained?: Span;
  /** Fragments that are listed and could not be read, and where they are. */
  readonly missing: number;
  readonly missingSpans: readonly Span[];
  /** Number of chunks that came. */
  readonly chunks: number;
  /** What could not be converted, or not as it is; the first ones. */
  readonly problems: readonly Problem[];
}

export interface ClipEvents {
  /** A chunk is skipped. */
  error(error: ErrorReport): void;
}

/** The next chunk is read while this one is written. */
const MOST_CHUNKS = 2;
const MOST_PROBLEMS = 100;
/** Ends the reading. */
const ENOUGH = new DOMException('The clip takes no more chunks.', 'AbortError');
/** What is missing at either end of a clip and is shorter is no more than a frame that came late. */
const SHORTEST_GAP_MS = 100;

/** @throws ArchiveError, FileError, ClipTooLargeError, or the signal's reason; nothing is left of the clip then */
export async function makeClip(
  request: ClipRequest,
  dependencies: ArchiveDependencies,
  store: ClipStore,
  events: ClipEvents,
  signal: AbortSignal,
): Promise<ClipResult> {
  const maker = new ClipMaker(request, dependencies, store, events, signal);
  try {
    await store.prepare();
    return await maker.run();
  } finally {
    await store.discard();
  }
}

class ClipMaker {
  readonly #converter: ClipConverter;
  readonly #clips: Clip[] = [];
  readonly #problems: Problem[] = [];
  /** What the last chunk has become, and is not stored yet; undefined: the media before it are not wanted. */
  #made: (ClipMedia | FinishedClip | undefined)[] = [];
  #taken = 0;
  #skipped = 0;
  /** Chunks are dealt with one after the other. */
  #work: Promise<void> = Promise.resolve();
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;

  constructor(
    private readonly request: ClipRequest,
    private readonly dependencies: ArchiveDependencies,
    private readonly store: ClipStore,
    private readonly events: ClipEvents,
    signal: AbortSignal,
  ) {
    const { from, to, timestampType, tracks } = request;
    const make = (made?: ClipMedia | FinishedClip): void => {
      this.#made.push(made);
    };
    const range = { from, to, isServerTime: timestampType === 'SERVER_TIMESTAMP' };
    this.#converter = new ClipConverter(range, tracks, { media: make, clip: make, drop: make });
    this.#signal = AbortSignal.any([signal, this.#failed.signal]);
  }

  async run(): Promise<ClipResult> {
    const { request } = this;
    const run: ArchiveReader = new ArchiveReader(
      { ...request, tracks: [], maxInFlight: MOST_CHUNKS },
      this.dependencies,
      {
        chunk: (chunk) => {
          this.#work = this.#work
            .then(() => this.#take(chunk))
            .then(
              () => {
                run.acknowledge(chunk.FragmentNumber);
              },
              (error: unknown) => {
                this.#failed.abort(error);
              },
            );
        },
        error: (error) => {
          this.#skipped += 1;
          this.events.error(error);
        },
      },
    );
    const reading = run.run(this.#signal);
    try {
      const { chunks, missing, notRetained } = await reading.catch((error: unknown): ChunksResult => {
        if (error !== ENOUGH) {
          throw error;
        }
        return { chunks: this.#taken, missing: [] };
      });
      const isCut = this.#converter.isFull;
      await this.#turn.run(this.#converter.end());
      await this.#store();
      const { coverage } = coverageOf(missing, request);
      return {
        clips: this.#withGaps(),
        isComplete: !isCut && missing.length === 0 && this.#skipped === 0 && notRetained === undefined,
        isCut,
        ...definedOnly({ notRetained }),
        missing: missing.length,
        missingSpans: coverage,
        ...{ chunks, problems: this.#problems },
      };
    } finally {
      await this.#work;
    }
  }

  get #turn() {
    return this.dependencies.turn ?? processTurn;
  }

  async #take({ chunk }: ArchivedChunk): Promise<void> {
    this.#signal.throwIfAborted();
    await this.#turn.run(this.#convert(chunk.data));
    await this.#store();
    this.#taken += 1;
    if (this.#converter.isFull) {
      throw ENOUGH;
    }
  }

  *#convert(data: Buffer): Generator<undefined> {
    for (const { problems } of this.#converter.steps(data)) {
      this.#skipped += problems.filter(({ action }) => action === 'skip').length;
      this.#problems.push(...problems.slice(0, MOST_PROBLEMS - this.#problems.length));
      yield;
    }
  }

  async #store(): Promise<void> {
    const made = this.#made;
    this.#made = [];
    for (const one of made) {
      if (one === undefined) {
        await this.store.discard();
      } else if ('head' in one) {
        const { head, mediaBytes, ...clip } = one;
        const stored = await this.store.finish(one, this.#signal);
        this.#clips.push({ ...clip, stored, bytes: head.length + mediaBytes });
      } else {
        await this.store.media(one);
      }
    }
  }

  /** With what is missing before the first, after the last, and between two. */
  #withGaps(): Clip[] {
    const { from, to } = this.request;
    let reached = from;
    return this.#clips.map((clip, i) => {
      const isLast = i === this.#clips.length - 1;
      const gaps = [
        ...(clip.start - reached > SHORTEST_GAP_MS ? [{ from: reached, to: clip.start }] : []),
        ...clip.gaps,
        ...(isLast && to - clip.end > SHORTEST_GAP_MS ? [{ from: clip.end, to }] : []),
      ];
      reached = clip.end;
      return { ...clip, gaps: gaps.map((gap) => ({ from: Math.round(gap.from), to: Math.round(gap.to) })) };
    });
  }
}
