/** Completes the tags of fragments from the fragments before. */
import { isDeepStrictEqual } from 'node:util';
import { definedOnly } from '../defined-only';
import type { Tags, Track } from '../matroska';
import { readFragmentNumber } from './fragment-number';

/** What of a chunk or of its head counts here. */
export interface TaggedFragment {
  readonly FragmentNumber?: string;
  /** ms since the epoch. */
  readonly ProducerTimestamp?: number;
  readonly tags: Tags;
  readonly tracks: readonly Track[];
}

/** With its tags completed, and the names of those that are not its own; the member is absent where there are none. */
export type WithInheritedTags<Fragment> = Fragment & { readonly inheritedTags?: readonly string[] };

/** A fragment has at most 10 tags; a producer that names them anew each time must not fill the memory. */
const NAMES_AT_MOST = 100;
/** The service's own names, its event tags among them, which are of one fragment alone. */
const RESERVED = /^AWS/i;
/** Names of a phone call in streams of Amazon Connect and Chime: another value is another call in the same stream. */
const CALL_TAGS = ['ContactId', 'TransactionId'];
/** Fragment numbers are handed out to a producer's session in blocks of so many. */
const SEQUENCE_BLOCK = 1_000n;

/**
 * Completes the tags of fragments from those before. Some producers, such as Amazon Connect, leave tags out of some of
 * the fragments that they belong to. A tag is taken over by name within a segment, which is one session of the producer:
 * it ends where the tracks change, the producer's time goes back, the numbering jumps, or another call begins. An empty
 * value takes a tag back, as the producer library does it.
 */
export class TagInheritance {
  readonly #known = new Map<string, readonly string[]>();
  #last: TaggedFragment | undefined;
  /** The head that was completed last, as long as nothing has been completed since. */
  #head: TaggedFragment | undefined;
  #completed: WithInheritedTags<TaggedFragment> | undefined;

  /** The same for the head of a chunk, of which each frame asks. */
  completeHead<Head extends TaggedFragment>(head: Head): WithInheritedTags<Head> {
    if (this.#head !== head || this.#completed === undefined) {
      this.#completed = this.complete(head);
      this.#head = head;
    }
    return this.#completed as WithInheritedTags<Head>;
  }

  /** Fragments in the order of the stream; the same one may come twice, as its head and then whole. */
  complete<Fragment extends TaggedFragment>(fragment: Fragment): WithInheritedTags<Fragment> {
    if (this.#last !== undefined && !this.#follows(this.#last, fragment)) {
      this.#known.clear();
    }
    const { FragmentNumber, ProducerTimestamp, tags, tracks } = fragment;
    // Not the fragment itself, whose bytes would stay with it.
    this.#last = { ...definedOnly({ FragmentNumber, ProducerTimestamp }), tags, tracks };
    this.#head = undefined;
    const names = [...this.#known.keys()].filter((name) => !fragment.tags.has(name));
    const inheritedTags = Object.freeze(names);
    const inherited = inheritedTags.map((name) => [name, this.#known.get(name) ?? []] as const);
    this.#learn(fragment.tags);
    return inheritedTags.length === 0
      ? fragment
      : { ...fragment, tags: new Map([...fragment.tags, ...inherited]), inheritedTags };
  }

  #learn(tags: Tags): void {
    for (const [name, values] of tags) {
      if (RESERVED.test(name)) {
        continue;
      }
      this.#known.delete(name);
      if (values.some((value) => value !== '')) {
        this.#known.set(name, values);
      }
    }
    for (const name of this.#known.keys()) {
      if (this.#known.size <= NAMES_AT_MOST) {
        break;
      }
      this.#known.delete(name);
    }
  }

  #follows(before: TaggedFragment, after: TaggedFragment): boolean {
    return (
      !isEarlier(after.ProducerTimestamp, before.ProducerTimestamp) &&
      !jumps(before.FragmentNumber, after.FragmentNumber) &&
      !CALL_TAGS.some((name) => this.#isOther(name, after.tags)) &&
      (before.tracks === after.tracks || isDeepStrictEqual(before.tracks, after.tracks))
    );
  }

  #isOther(name: string, tags: Tags): boolean {
    const [known, given] = [this.#known.get(name), tags.get(name)];
    return known !== undefined && given !== undefined && !isDeepStrictEqual(known, given);
  }
}

function isEarlier(time: number | undefined, than: number | undefined): boolean {
  return time !== undefined && than !== undefined && time < than;
}

/** Whether the second number is of another block of numbers than the first, and not the very next one. */
function jumps(before: string | undefined, after: string | undefined): boolean {
  const [a, b] = [before, after].map((number) => readFragmentNumber(number ?? '')?.sequence);
  return (
    a !== undefined &&
    b !== undefined &&
    b !== a + 1n &&
    (b - 1n) / SEQUENCE_BLOCK !== (a - 1n) / SEQUENCE_BLOCK
  );
}
