/** Finds the chunks in a payload, with their frames as their codec made them. */
import { definedOnly } from '../../defined-only';
import {
  ChunkReader,
  DEFAULT_MAX_CHUNK_BYTES,
  type Chunk,
  type ChunkHead,
  type TruncatedChunk,
  type Frame,
  type Tags,
} from '../../matroska';
import { copyBuffer } from '../copy-buffer';
import { ConversionError } from '../problems';
import { StepBudget } from '../steps';
import type { ChunkIdentity } from '../types';
import { ID } from './element-ids';
import { type SourceTrack, SourceTracks } from './source-track';
import { areAsCoded, StoredFrames } from './stored-frames';

/** A chunk as the converters see it: what it says of itself, and its frames as views of the payload. */
export interface MediaChunk {
  readonly identity: ChunkIdentity;
  readonly tags: Tags;
  /** Contents of its Tags elements, the service's own tags among them: views of the payload. */
  readonly tagElements: readonly Buffer[];
  readonly tracks: readonly SourceTrack[];
  /** In the order of the bytes, as their codec made them. */
  readonly frames: readonly Frame[];
  /**
   * When the tracks of the next chunk of the payload begin, by their numbers, ms from this chunk's first cluster.
   * Undefined where none follows, or nothing says when.
   */
  readonly nextStarts?: ReadonlyMap<number, number> | undefined;
}

/** What was found in a payload, in order. */
export type Found =
  { readonly chunk: MediaChunk } | { readonly error: ConversionError; readonly identity: ChunkIdentity };

/** A chunk with its frames as they are stored. */
interface StoredChunk {
  readonly head: ChunkHead;
  readonly trackElement: Buffer | undefined;
  readonly tagElements: readonly Buffer[];
  readonly frames: readonly Frame[];
}

/** So many frames are read in a step. */
const FRAMES_PER_STEP = 5_000;
/** The reader gets so much at once: it searches damaged bytes to the end of what it has, which may take 10 ns each. */
const BYTES_PER_WRITE = 256 * 1024;
const UNITS_PER_WRITE = 500;
/** Units of work for a chunk without frames, and for a Tags element. */
const UNITS_PER_CHUNK = 10;
const TAG_BYTES_PER_UNIT = 64;

/**
 * Finds the chunks in a payload, one at a time, so that what has been found can be dealt with before the next one takes
 * memory. One that is broken off is given with the frames that are whole, after an error that says so; one without media
 * is skipped. Gives undefined where a step ends in which nothing was found.
 *
 * @param sourceTracks of the payload before, for chunks that repeat its header
 */
export function* findChunks(
  payload: Buffer,
  sourceTracks = new SourceTracks(),
  budget = new StepBudget(),
): Generator<Found | undefined> {
  let found: (Found | StoredChunk | undefined)[] = [];
  let frames: Frame[] = [];
  let trackElement: Buffer | undefined;
  let tagElements: Buffer[] = [];
  const stored = new StoredFrames();
  const forget = (): void => {
    frames = [];
    trackElement = undefined;
    tagElements = [];
  };
  const find = (what: Found | StoredChunk | undefined): void => {
    found.push(what);
    reader.suspend();
  };
  const take = (head: ChunkHead, end: number): void => {
    if (frames.length > 0) {
      found.push({ head, trackElement, tagElements, frames });
      if (end < payload.length) {
        reader.suspend();
      }
    } else if (budget.spend(UNITS_PER_CHUNK)) {
      find(undefined);
    }
    forget();
  };
  const reader: ChunkReader = new ChunkReader(
    {
      master: (id, view) => {
        const content = view.buffer === payload.buffer ? view : copyBuffer(view);
        if (id === ID.Tags) {
          tagElements.push(content);
        } else {
          trackElement = content;
        }
        if (budget.spend(content.length / TAG_BYTES_PER_UNIT)) {
          find(undefined);
        }
      },
      frame: (frame) => {
        // What was damaged and is read again lies in the reader's own memory.
        frames.push(frame.sharesMemoryWith(payload) ? frame : frame.detachedCopy());
        if (frames.length % FRAMES_PER_STEP === 0) {
          find(undefined);
        }
      },
      reread: () => {
        find(undefined);
      },
      elements: () => {
        find(undefined);
      },
      chunk: (chunk: Chunk) => {
        take(chunk, chunk.offset + chunk.sizeInBytes);
      },
      truncated: (chunk: TruncatedChunk) => {
        if (!chunk.lacksOnlyClosingTags) {
          find({
            error: new ConversionError(
              'TruncatedChunk',
              `a chunk breaks off after ${chunk.frames} whole frames, which were converted`,
            ),
            identity: identityOf(chunk.head),
          });
        }
        take(chunk.head, chunk.head.offset + chunk.sizeInBytes);
      },
      malformed: (error) => {
        find({ error: new ConversionError('MalformedMedia', error.message, error.statement), identity: {} });
      },
      tooLarge: (head, error) => {
        forget();
        find({
          error: new ConversionError('ChunkTooLarge', error.message),
          identity: identityOf(head),
        });
      },
      inBandError: nothing,
    },
    {
      chunkData: false,
      slicesStay: true,
      maxChunkBytes: Math.max(DEFAULT_MAX_CHUNK_BYTES, payload.length),
    },
  );
  if (payload.length === 0) {
    find({ error: new ConversionError('MalformedMedia', 'the payload is empty'), identity: {} });
  }
  let written = 0;
  let hasEnded = false;
  for (;;) {
    const now = found;
    found = [];
    for (const one of now) {
      if (one !== undefined && 'frames' in one) {
        yield* chunkOf(one, sourceTracks, stored, budget);
      } else {
        yield one;
      }
    }
    if (reader.isSuspended) {
      reader.resume();
    } else if (written < payload.length) {
      if (written > 0 && budget.spend(UNITS_PER_WRITE)) {
        yield undefined;
      }
      reader.write(payload.subarray(written, written + BYTES_PER_WRITE));
      written += BYTES_PER_WRITE;
    } else if (!hasEnded) {
      hasEnded = true;
      reader.end();
    } else {
      return;
    }
  }
}

function* chunkOf(
  { head, trackElement, tagElements, frames }: StoredChunk,
  sourceTracks: SourceTracks,
  stored: StoredFrames,
  budget: StepBudget,
): Generator<Found | undefined> {
  const { tags } = head;
  const identity = identityOf(head);
  try {
    const tracks = sourceTracks.of(head.tracks, trackElement);
    const restored = areAsCoded(tracks) ? { tracks, frames } : yield* stored.restore(tracks, frames, budget);
    yield {
      chunk: { identity, tags, tagElements, tracks: restored.tracks, frames: restored.frames },
    };
  } catch (error) {
    if (!(error instanceof ConversionError)) {
      throw error;
    }
    yield { error, identity };
  }
}

/** Whoever read the stream has reported error tags within the media. */
function nothing(): void {
  // Nothing is to be done.
}

/** Nearly every chunk has all three, and this is done for each. */
function identityOf({ FragmentNumber, ProducerTimestamp, ServerTimestamp }: ChunkHead): ChunkIdentity {
  return FragmentNumber === undefined || ProducerTimestamp === undefined || ServerTimestamp === undefined
    ? definedOnly({ FragmentNumber, ProducerTimestamp, ServerTimestamp })
    : { FragmentNumber, ProducerTimestamp, ServerTimestamp };
}
