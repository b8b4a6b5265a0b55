/** A frame that comes by itself, as a chunk that has nothing else. */
import { Frame, type Track } from '../../matroska';
import { ConversionError } from '../problems';
import type { StepBudget } from '../steps';
import type { ChunkIdentity } from '../types';
import type { Found } from './find-chunks';
import { areAsCoded, StoredFrames } from './stored-frames';

/** A frame as it was stored in its block. */
export interface SingleFrame {
  readonly track: Track;
  readonly chunk: ChunkIdentity;
  /** When it is shown, ms since the epoch. */
  readonly time: number;
  readonly keyframe: boolean;
  readonly data: Buffer;
}

/** More tracks than this are not remembered: numbers cost nothing to invent. */
const MAX_TRACKS = 128;

/**
 * Makes chunks of single frames. A track that is declared with each frame stays the same object for as long as it is
 * declared the same, so that what was made of it need not be made again.
 */
export class SingleFrames {
  readonly #tracks = new Map<number, Track>();
  readonly #stored = new StoredFrames();

  *find(
    { track, chunk, time, keyframe, data }: SingleFrame,
    budget: StepBudget,
  ): Generator<Found | undefined> {
    const own = this.#trackOf(track);
    const { ProducerTimestamp = 0 } = chunk;
    const frame = new Frame(own, 0, time - ProducerTimestamp, keyframe, false, data, 0, data.length);
    const identity = { ...chunk, ProducerTimestamp };
    const tags = new Map<string, readonly string[]>();
    try {
      const { tracks, frames } = areAsCoded([own])
        ? { tracks: [own], frames: [frame] }
        : yield* this.#stored.restore([own], [frame], budget);
      yield { chunk: { identity, tags, tagElements: [], tracks, frames } };
    } catch (error) {
      if (!(error instanceof ConversionError)) {
        throw error;
      }
      yield { error, identity };
    }
  }

  #trackOf(track: Track): Track {
    const known = this.#tracks.get(track.number);
    if (known !== undefined && isSame(known, track)) {
      return known;
    }
    if (this.#tracks.size >= MAX_TRACKS) {
      this.#tracks.clear();
    }
    this.#tracks.set(track.number, track);
    return track;
  }
}

/** As far as pictures depend on it. */
function isSame(one: Track, other: Track): boolean {
  return (
    one === other ||
    (one.codecId === other.codecId &&
      one.type === other.type &&
      one.name === other.name &&
      one.width === other.width &&
      one.height === other.height &&
      one.contentEncodings?.length === other.contentEncodings?.length &&
      (one.codecPrivate === other.codecPrivate ||
        (one.codecPrivate !== undefined &&
          other.codecPrivate !== undefined &&
          one.codecPrivate.equals(other.codecPrivate))))
  );
}
