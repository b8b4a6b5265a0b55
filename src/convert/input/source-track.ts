/** A chunk's tracks with all that their producer declares of them. */
import type { Track } from '../../matroska';
import { copyBuffer } from '../copy-buffer';
import { ID } from './element-ids';
import { childrenOf } from './elements';

/** A track with all that its producer declares of it. */
export interface SourceTrack extends Track {
  /** Content of its TrackEntry: never changed, kept as long as the track. Undefined for a track that is not declared. */
  readonly entry?: Buffer;
}

/** Children at most of the Tracks element: entries and padding. */
const MOST_ELEMENTS = 1_000;

/**
 * Adds to each track what its entry in the Tracks element holds. All chunks of a session repeat the same header: they get
 * the same objects, so that what was made of a track need not be made again.
 */
export class SourceTracks {
  #last: { readonly element: Buffer; readonly tracks: readonly SourceTrack[] } | undefined;

  /** @param element content of the Tracks element that the tracks were read from */
  of(tracks: readonly Track[], element: Buffer | undefined): readonly SourceTrack[] {
    if (element === undefined) {
      return tracks;
    }
    if (this.#last?.element.equals(element) !== true) {
      const own = copyBuffer(element);
      this.#last = { element: own, tracks: withEntries(tracks, own) };
    }
    return this.#last.tracks;
  }
}

function withEntries(tracks: readonly Track[], element: Buffer): readonly SourceTrack[] {
  const entries = childrenOf(element, MOST_ELEMENTS).filter(({ id }) => id === ID.TrackEntry);
  return entries.length === tracks.length
    ? tracks.map((track, i): SourceTrack => ({ ...track, entry: entries[i]?.content ?? Buffer.alloc(0) }))
    : tracks;
}
