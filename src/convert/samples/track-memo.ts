/** Remembers what was made of a track, since nearly all chunks of a stream declare the same. */
import type { SourceTrack } from '../input/source-track';
import type { MediaTrack, TrackMedia } from './media-track';

/** What a track is, without what it has in one chunk. */
export type TrackDeclaration = Pick<MediaTrack, 'track' | 'media' | 'isVideo'>;

/** Makes a value of a track's declaration, and again only where the track or its media is another object than before. */
export class TrackMemo<Value> {
  readonly #made = new WeakMap<SourceTrack, { readonly from: unknown; readonly value: Value }>();

  constructor(private readonly make: (declaration: TrackDeclaration) => Value) {}

  /** What is given is shared by all who asked for the same. */
  of({ track, media, isVideo }: TrackDeclaration): Value {
    const from = sourceOf(media);
    let made = this.#made.get(track);
    if (made === undefined || made.from !== from) {
      made = { from, value: this.make({ track, media, isVideo }) };
      this.#made.set(track, made);
    }
    return made.value;
  }
}

/** The same object for the same media, which is wrapped anew for each chunk. */
function sourceOf(media: TrackMedia): unknown {
  return media.name === 'other' ? media.name : media.name === 'pcm' ? media.format : media.configuration;
}
