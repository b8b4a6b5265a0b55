/** The tags of a Matroska file: those of the producer, with their targets and what is nested in them. */
import { DEFAULT_LIMITS, serviceTag } from '../../../matroska';
import { copyBuffer } from '../../copy-buffer';
import { ID } from '../../input/element-ids';
import { childOf, childrenOf, forEachChild } from '../../input/elements';
import type { MediaChunk } from '../../input/find-chunks';
import type { SourceTrack } from '../../input/source-track';
import type { StepBudget, Steps } from '../../steps';
import type { PlacedTrack } from '../container';
import { element, uint } from './ebml-writer';

/** A Tag, without what the service writes. */
interface ProducerTag {
  /** Content of its Targets. */
  readonly targets: Buffer;
  /** SimpleTags, each with what tells it from others: its target and name. */
  readonly simple: readonly { readonly key: string; readonly bytes: Buffer }[];
}

/** A Tags element with tags of the producer, in its own memory. */
interface ProducerTags {
  /** Undefined for a large one, which is read again when it comes again. */
  readonly content: Buffer | undefined;
  readonly tags: readonly ProducerTag[];
  /** How many elements were read for it. */
  readonly elements: number;
  /** Of its tags. */
  readonly bytes: number;
}

const NOTHING: Buffer = Buffer.alloc(0);
/** Elements of a chunk's tags: what is beyond is left out. A reader gives no more tags to a message either. */
const MOST_ELEMENTS = DEFAULT_LIMITS.tags;
/** Bytes of a chunk's tags, and of the Targets of one. */
const MOST_BYTES = DEFAULT_LIMITS.tagsBytes;
const MOST_TARGETS_BYTES = 512;
const MOST_UID_BYTES = 8;
/** Tags elements of a chunk that are remembered. */
const MOST_KNOWN = 16;
/** Children of a SimpleTag that are searched for its name. */
const MOST_IN_SIMPLE_TAG = 20;
/** Work to read an element of a tag. */
const UNITS_PER_ELEMENT = 3;
const COMPARED_BYTES_PER_UNIT = 1_024;

/** Writes a chunk's tags where they are others than before. */
export class TagWriter {
  #last = NOTHING;
  /** Tags of the last chunk: a producer mostly sends the same in each. */
  #known: readonly ProducerTags[] = [];
  /** Numbers in the file by the UIDs that the producer gave, in hexadecimal. */
  readonly #tracks = new Map<string, number>();

  readonly #uids = new WeakMap<SourceTrack, string | undefined>();

  /** A Tags element, or nothing. */
  *write(
    { tagElements }: MediaChunk,
    tracks: readonly PlacedTrack<unknown>[],
    budget: StepBudget,
  ): Steps<Buffer> {
    const areTracksNew = this.#learnTracks(tracks);
    const found: ProducerTags[] = [];
    let left = MOST_ELEMENTS;
    let leftBytes = MOST_BYTES;
    for (const content of [...tagElements].reverse()) {
      if (left <= 0) {
        break;
      }
      const known = this.#known.find((one) => one.content?.equals(content) === true);
      const read = known ?? readTags(content, left, leftBytes);
      left -= 1 + read.elements;
      if (read.tags.length > 0 && read.bytes <= leftBytes) {
        found.push(read);
        leftBytes -= read.bytes;
      }
      const units = known === undefined ? read.elements * UNITS_PER_ELEMENT : 1;
      // It was compared with those that are known.
      if (budget.spend(units + content.length / COMPARED_BYTES_PER_UNIT)) {
        yield;
      }
    }
    const isSame = found.length === this.#known.length && found.every((one, i) => one === this.#known[i]);
    if (isSame && !areTracksNew) {
      return NOTHING;
    }
    this.#known = found.slice(0, MOST_KNOWN);
    const tags = this.#elementsOf(found);
    const written = tags.length === 0 ? NOTHING : element(ID.Tags, ...tags);
    if (written.equals(this.#last)) {
      return NOTHING;
    }
    this.#last = written;
    return written;
  }

  /** @returns whether there are others than before */
  #learnTracks(tracks: readonly PlacedTrack<unknown>[]): boolean {
    let areNew = false;
    for (const { track, id } of tracks) {
      const uid = this.#uidOf(track);
      if (uid !== undefined && this.#tracks.get(uid) !== id) {
        this.#tracks.set(uid, id);
        areNew = true;
      }
    }
    return areNew;
  }

  #uidOf(track: SourceTrack): string | undefined {
    if (!this.#uids.has(track)) {
      const uid = childOf(track.entry, ID.TrackUID);
      this.#uids.set(track, uid === undefined || uid.length > MOST_UID_BYTES ? undefined : hexOf(uid));
    }
    return this.#uids.get(track);
  }

  /**
   * Behind the media a fragment has its own tags, which replace those of the same name and target before it.
   *
   * @param found the last one first
   */
  #elementsOf(found: readonly ProducerTags[]): Buffer[] {
    const later = new Set<string>();
    const written: Buffer[][] = [];
    for (const { tags } of found) {
      written.push(tags.flatMap((tag) => this.#elementOf(tag, later)));
      for (const { simple } of tags) {
        for (const { key } of simple) {
          later.add(key);
        }
      }
    }
    return written.reverse().flat();
  }

  #elementOf({ targets: declared, simple }: ProducerTag, later: ReadonlySet<string>): Buffer[] {
    const own = simple.filter(({ key }) => !later.has(key));
    const targets = own.length === 0 ? undefined : this.#targetsOf(declared);
    return targets === undefined
      ? []
      : [element(ID.Tag, element(ID.Targets, ...targets), ...own.map(({ bytes }) => bytes))];
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

/** @param most elements that are read of it. @param mostBytes of its tags; what is beyond is left out */
function readTags(view: Buffer, most: number, mostBytes: number): ProducerTags {
  const tags: ProducerTag[] = [];
  let content: Buffer | undefined;
  // The payload is not ours to keep.
  const own = (from: number, to: number): Buffer => {
    if (view.length > MOST_BYTES) {
      return copyBuffer(view.subarray(from, to));
    }
    content ??= copyBuffer(view);
    return content.subarray(from, to);
  };
  let bytes = 0;
  let elements = 0;
  forEachChild(view, most, (id, _at, start, end) => {
    elements += 1;
    if (id !== ID.Tag) {
      return;
    }
    const names: { readonly name: string; readonly from: number; readonly to: number }[] = [];
    forEachChild(view.subarray(start, end), most - elements, (child, from, contentFrom, to) => {
      elements += 1;
      if (child !== ID.SimpleTag || bytes + to - from > mostBytes) {
        return;
      }
      const name = nameOf(view.subarray(start + contentFrom, start + to));
      if (serviceTag(name) === undefined) {
        names.push({ name, from: start + from, to: start + to });
        bytes += to - from;
      }
    });
    const targets = names.length === 0 ? NOTHING : targetsOf(view.subarray(start, end));
    if (names.length > 0 && targets.length <= MOST_TARGETS_BYTES) {
      const target = targets.toString('hex');
      tags.push({
        targets: copyBuffer(targets),
        simple: names.map(({ name, from, to }) => ({ key: `${target} ${name}`, bytes: own(from, to) })),
      });
    }
  });
  return { content, tags, elements, bytes };
}

/** Content of the Targets of a Tag. */
function targetsOf(tag: Buffer): Buffer {
  return childOf(tag, ID.Targets) ?? NOTHING;
}

/** Up to the first NUL: strings may be padded. */
function nameOf(simpleTag: Buffer): string {
  const name = childOf(simpleTag, ID.TagName, MOST_IN_SIMPLE_TAG);
  const end = name?.indexOf(0) ?? 0;
  return name === undefined ? '' : name.toString('utf8', 0, end < 0 ? name.length : end);
}

/** An integer without leading zeros; empty for 0. */
function hexOf(integer: Buffer): string {
  return integer.toString('hex').replace(/^(00)+/, '');
}
