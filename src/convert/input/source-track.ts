/** A chunk's tracks with all that their producer declares of them. */
import type { Track } from '../../matroska';
import { ID } from './element-ids';
import { childrenOf } from './elements';

/** A track with all that its producer declares of it. */
export interface SourceTrack extends Track {
  /** Content of its TrackEntry: a view of the payload. Undefined for a track that is not declared. */
  readonly entry?: Buffer;
}

/** Of the Tracks element, which has entries and nothing else but padding. */
const MOST_ELEMENTS = 1_000;

/** Adds to each track what its entry in the Tracks element holds. */
export function sourceTracks(tracks: readonly Track[], element: Buffer | undefined): readonly SourceTrack[] {
  const entries =
    element === undefined ? [] : childrenOf(element, MOST_ELEMENTS).filter(({ id }) => id === ID.TrackEntry);
  return entries.length === tracks.length
    ? tracks.map((track, i): SourceTrack => ({ ...track, entry: entries[i]?.content ?? Buffer.alloc(0) }))
    : tracks;
}
