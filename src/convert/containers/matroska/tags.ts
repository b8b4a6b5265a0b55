/** The tags of a Matroska file: those of the producer, with their targets and what is nested in them. */
import { DEFAULT_LIMITS, serviceTag } from '../../../matroska';
import { ID } from '../../input/element-ids';
import { childOf, childrenOf, type ElementView } from '../../input/elements';
import type { MediaChunk } from '../../input/find-chunks';
import type { SourceTrack } from '../../input/source-track';
import type { Pace, Steps } from '../../steps';
import type { PlacedTrack } from '../container';
import { element, uint } from './ebml-writer';

const NOTHING: Buffer = Buffer.alloc(0);
/** Elements of a chunk's tags: what is beyond is left out. A reader gives no more tags to a message either. */
const MOST_ELEMENTS = DEFAULT_LIMITS.tags;
/** Of a SimpleTag, in which its name is looked for. */
const MOST_IN_SIMPLE_TAG = 20;

/** Work to read an element of a tag. */
const UNITS_PER_ELEMENT = 3;

/** Writes a chunk's tags where they are others than before. */
export class TagWriter {
  #last = NOTHING;
  /** Numbers in the file by the UIDs that the producer gave, in hexadecimal. */
  readonly #tracks = new Map<string, number>();

  /** Of `MOST_ELEMENTS`. */
  #elementsLeft = 0;

  readonly #uids = new WeakMap<SourceTrack, string | undefined>();

  /** A Tags element, or nothing. */
  *write({ tagElements }: MediaChunk, tracks: readonly PlacedTrack<unknown>[], pace: Pace): Steps<Buffer> {
    for (const { track, id } of tracks) {
      const uid = this.#uidOf(track);
      if (uid !== undefined) {
        this.#tracks.set(uid, id);
      }
    }
    const tags = yield* this.#tagsOf(tagElements, pace);
    const written = tags.length === 0 ? NOTHING : element(ID.Tags, ...tags);
    if (written.equals(this.#last)) {
      return NOTHING;
    }
    this.#last = written;
    return written;
  }

  #uidOf(track: SourceTrack): string | undefined {
    if (!this.#uids.has(track)) {
      const uid = childOf(track.entry, ID.TrackUID);
      this.#uids.set(track, uid && hexOf(uid));
    }
    return this.#uids.get(track);
  }

  /** Behind the media a fragment has its own tags, which replace those of the same name and target before it. */
  *#tagsOf(elements: readonly Buffer[], pace: Pace): Steps<Buffer[]> {
    const later = new Set<string>();
    const found: Buffer[][] = [];
    this.#elementsLeft = MOST_ELEMENTS;
    for (const content of [...elements].reverse()) {
      const names = new Set<string>();
      const tags: Buffer[] = [];
      for (const { id, content: tag } of this.#childrenOf(content)) {
        const before = this.#elementsLeft;
        const written = id === ID.Tag ? this.#tagOf(tag, later, names) : undefined;
        if (written !== undefined) {
          tags.push(written);
        }
        if (pace.isDue((1 + before - this.#elementsLeft) * UNITS_PER_ELEMENT)) {
          yield;
        }
      }
      found.unshift(tags);
      for (const name of names) {
        later.add(name);
      }
    }
    return found.flat();
  }

  #tagOf(tag: Buffer, later: ReadonlySet<string>, names: Set<string>): Buffer | undefined {
    const declared = childOf(tag, ID.Targets) ?? NOTHING;
    const target = declared.toString('hex');
    const simple = this.#childrenOf(tag).filter(({ id, content }) => {
      const name = id === ID.SimpleTag ? nameOf(content) : undefined;
      if (name === undefined || serviceTag(name) !== undefined) {
        return false;
      }
      const key = `${target} ${name}`;
      const isOwn = !later.has(key);
      if (isOwn) {
        names.add(key);
      }
      return isOwn;
    });
    const targets = simple.length === 0 ? undefined : this.#targetsOf(declared);
    return targets === undefined
      ? undefined
      : element(ID.Tag, element(ID.Targets, ...targets), ...simple.map(({ bytes }) => bytes));
  }

  #childrenOf(content: Buffer): ElementView[] {
    const children = childrenOf(content, this.#elementsLeft);
    this.#elementsLeft -= children.length;
    return children;
  }

  /** With the file's own UIDs of tracks, which are their numbers; undefined for tags of tracks that are not in it. */
  #targetsOf(declared: Buffer): Buffer[] | undefined {
    const targets: Buffer[] = [];
    for (const { id, bytes, content } of childrenOf(declared)) {
      const isTrack = id === ID.TagTrackUID && hexOf(content) !== '';
      const track = this.#tracks.get(hexOf(content));
      if (isTrack && track === undefined) {
        return undefined;
      }
      targets.push(isTrack && track !== undefined ? uint(id, track) : bytes);
    }
    return targets;
  }
}

/** Up to the first NUL: strings may be padded. */
function nameOf(simpleTag: Buffer): string {
  return childOf(simpleTag, ID.TagName, MOST_IN_SIMPLE_TAG)?.toString('utf8').replace(/\0.*$/s, '') ?? '';
}

/** An integer without leading zeros; empty for 0. */
function hexOf(integer: Buffer): string {
  return integer.toString('hex').replace(/^(00)+/, '');
}
