/** Finds the chunks in a payload, with their frames as their codec made them. */
import type { Frame, Tags } from '../../matroska';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import { StepBudget } from '../steps';
import type { ChunkIdentity } from '../types';
import { type Fault, identityOf, PayloadReader, type StoredChunk } from './payload-reader';
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
export type Found = { readonly chunk: MediaChunk } | Fault;

/**
 * Finds the chunks in payloads, one at a time, so that what has been found can be dealt with before the next one takes
 * memory. One that is broken off is given with the frames that are whole, after an error that says so; one without media
 * is skipped.
 *
 * What was found in a payload does not depend on the ones before, except that chunks which repeat the same header have
 * the same objects for tracks.
 */
export class ChunkFinder {
  readonly #sourceTracks = new SourceTracks();
  readonly #stored = new StoredFrames();
  /** The reader of the previous payload, kept because all chunks of that payload were whole. */
  #kept: PayloadReader | undefined;

  /** Gives undefined where a step ends in which nothing was found. */
  *find(payload: Buffer, budget = new StepBudget()): Generator<Found | undefined> {
    if (payload.length === 0) {
      yield {
        error: new ConversionError('MalformedMedia', conversionStatement('conversion.empty', {})),
        identity: {},
      };
      return;
    }
    const kept = this.#kept;
    // Nobody else uses it meanwhile, nor after somebody has left this payload in the middle.
    this.#kept = undefined;
    let given = 0;
    if (kept?.accepts(payload) === true) {
      const reading = kept.read(payload, budget);
      let next = reading.next();
      for (; next.done !== true; next = reading.next()) {
        given += next.value === undefined ? 0 : 1;
        yield* this.#give(next.value, budget);
      }
      if (next.value) {
        this.#keep(kept);
        return;
      }
    }
    const reader = new PayloadReader(payload.length);
    for (const one of reader.read(payload, budget)) {
      if (one === undefined || given === 0) {
        yield* this.#give(one, budget);
      } else {
        given -= 1;
      }
    }
    this.#keep(reader);
  }

  #keep(reader: PayloadReader): void {
    this.#kept = reader.isReusable ? reader : undefined;
  }

  *#give(one: StoredChunk | Fault | undefined, budget: StepBudget): Generator<Found | undefined> {
    if (one === undefined || 'error' in one) {
      yield one;
      return;
    }
    const { head, trackElement, tagElements, frames } = one;
    const { tags } = head;
    const identity = identityOf(head);
    try {
      const tracks = this.#sourceTracks.of(head.tracks, trackElement);
      const restored = areAsCoded(tracks)
        ? { tracks, frames }
        : yield* this.#stored.restore(tracks, frames, budget);
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
}
