/** The tags and tracks of messages: copied for one message, or shared by the frame messages of a chunk. */
import type { ChunkHead, Tags, Track } from '../../src/matroska';

/** More tracks than this in a chunk are not remembered: numbers that no track is declared for cost nothing to invent. */
const MAX_TRACKS = 128;

/**
 * The tags and tracks that all frame messages of one chunk share, since a chunk may have thousands of frames and a megabyte of
 * codec private data. Frozen, so that a flow that writes to one message does not change the others.
 */
export class SharedTagsAndTracks {
  #head: ChunkHead | undefined;
  #tags: TagObject = {};
  readonly #tracks = new Map<number, SharedTrack>();
  /** The one of the last frame: most chunks have one or two. */
  #last: SharedTrack | undefined;

  tags(head: ChunkHead): TagObject {
    this.#begin(head);
    return this.#tags;
  }

  track(head: ChunkHead, track: Track): Track {
    this.#begin(head);
    if (this.#last?.from !== track) {
      this.#last = this.#find(track);
    }
    return this.#last.shared;
  }

  #find(track: Track): SharedTrack {
    const known = this.#tracks.get(track.number);
    if (known?.from === track) {
      return known;
    }
    if (this.#tracks.size >= MAX_TRACKS) {
      this.#tracks.clear();
    }
    const made = { from: track, shared: Object.freeze(ownTrack(track)) };
    this.#tracks.set(track.number, made);
    return made;
  }

  #begin(head: ChunkHead): void {
    if (this.#head !== head) {
      this.#head = head;
      this.#tags = frozen(tagObject(head.tags));
      this.#tracks.clear();
      this.#last = undefined;
    }
  }
}

/** A track of a chunk, and its frozen copy that the messages have. */
interface SharedTrack {
  readonly from: Track;
  readonly shared: Track;
}

export type TagObject = Readonly<Record<string, string | readonly string[]>>;

/** Made for the one who asks: may be written to. */
export function tagObject(tags: Tags): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = {};
  for (const [name, values] of tags) {
    const value = values.length > 1 ? [...values] : (values[0] ?? '');
    if (name === '__proto__') {
      // Defined rather than assigned, so that it is a tag like any other.
      Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    } else {
      object[name] = value;
    }
  }
  return object;
}

/** Made for the one who asks, with codec private data in memory of its own. */
export function ownTrack(track: Track): Track {
  const own: { -readonly [Name in keyof Track]: Track[Name] } = { ...track };
  if (track.codecPrivate !== undefined) {
    own.codecPrivate = copyOf(track.codecPrivate);
  }
  if (track.contentEncodings !== undefined) {
    own.contentEncodings = structuredClone(track.contentEncodings);
  }
  return own;
}

function frozen(tags: Record<string, string | string[]>): TagObject {
  for (const value of Object.values(tags)) {
    Object.freeze(value);
  }
  return Object.freeze(tags);
}

function copyOf(data: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(data.length);
  data.copy(copy);
  return copy;
}
