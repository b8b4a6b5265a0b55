/** The fragments that a stream retains, oldest first, and the memory that they take. */
import type { Clock } from '../../clock';
import { Fragment, type FragmentInit } from './fragment';
import type { RecordedPast } from './recorded-past';
import type { TimestampMember } from './stored-fragment';

/** A stream that retains nothing is still readable from its host's buffer: this long, and this much. */
const BUFFER_MS = 5 * 60_000;
const BUFFER_BYTES = 200 * 1024 * 1024;
/** Media that belongs to single fragments (pushed by program) is limited, whatever the retention. */
const OWNED_BYTES = 512 * 1024 * 1024;

export class RetainedFragments {
  readonly #clock: Clock;
  /** ms; 0: what the buffer holds. */
  readonly #retentionMs: () => number;
  readonly #most: () => number;
  #past: RecordedPast | undefined;
  #fragments: Fragment[] = [];
  readonly #byNumber = new Map<string, Fragment>();
  #nextPosition = 0;
  #ownedBytes = 0;

  /** @param most fragments that may be kept, whatever the retention */
  constructor(clock: Clock, retentionMs: () => number, most: () => number) {
    this.#clock = clock;
    this.#most = most;
    this.#retentionMs = retentionMs;
  }

  /** Bytes of memory for media that no other fragment shares, those of open fragments included. */
  get ownedBytes(): number {
    return this.#ownedBytes;
  }

  /** What is retained now of what came in since the simulator began, oldest first; the last one may still be open. */
  get all(): readonly Fragment[] {
    this.expire();
    return this.#fragments;
  }

  /** Everything that is retained now, oldest first: the recorded past is made while it is read. */
  *stored(): Generator<Fragment> {
    const past = this.#past;
    for (let index = this.#firstOfPast(); past !== undefined && index < past.count; index++) {
      if (past.has(index)) {
        yield past.at(index);
      }
    }
    yield* this.all;
  }

  /** How many fragments of the recorded past are retained, those in gaps included. */
  get recordedCount(): number {
    return this.#past === undefined ? 0 : this.#past.count - this.#firstOfPast();
  }

  /** Fragments of the recorded past around a time: the one that begins last before it, and what follows. */
  around(member: TimestampMember, time: number): Fragment[] {
    const past = this.#past;
    if (past === undefined) {
      return [];
    }
    const after = Math.max(past.indexFrom(member, time), this.#firstOfPast());
    const found = [after - 1, after].filter((index) => index >= this.#firstOfPast() && index < past.count);
    const next = this.#nextOfPast(after + 1);
    return [...found, ...(next === undefined ? [] : [next])]
      .filter((index) => past.has(index))
      .map((index) => past.at(index));
  }

  /** Gives the stream a past. It must not have had any fragment. */
  record(past: RecordedPast): void {
    this.#past = past;
    this.#nextPosition = past.count;
  }

  /** The position that the next new fragment will have. */
  get nextPosition(): number {
    return this.#nextPosition;
  }

  /** When the oldest complete fragment with media of its own came in; Infinity if there is none. */
  get oldestOwnedAt(): number {
    return this.#oldestOwned()?.ingestedAt ?? Infinity;
  }

  /** The fragment at a position, or the oldest one after it; undefined if there is none yet. */
  from(position: number): Fragment | undefined {
    const old = this.#nextOfPast(position);
    if (old !== undefined) {
      return this.#past?.at(old);
    }
    const fragments = this.#fragments;
    // Positions rise by one, except for those of fragments that were taken back.
    let index = Math.min(Math.max(0, position - (fragments[0]?.position ?? 0)), fragments.length);
    while (index > 0 && (fragments[index - 1]?.position ?? -1) >= position) {
      index--;
    }
    return fragments[index];
  }

  /** The fragment with this number; the last one if a recording was retained twice. */
  find(FragmentNumber: string): Fragment | undefined {
    this.expire();
    const index = this.#past?.find(FragmentNumber);
    return index !== undefined && index >= this.#firstOfPast()
      ? this.#past?.at(index)
      : this.#byNumber.get(FragmentNumber);
  }

  /**
   * Positions of the fragments that begin between two times, both included, ms since the epoch.
   *
   * @param isWanted asked for what came in since the simulator began
   */
  positionsBetween(
    member: TimestampMember,
    from: number,
    to: number,
    isWanted: (fragment: Fragment) => boolean,
  ): number[] {
    const positions: number[] = [];
    const past = this.#past;
    for (
      let index = Math.max(past?.indexFrom(member, from) ?? 0, this.#firstOfPast());
      past !== undefined && index < past.count && past.time(member, index) <= to;
      index++
    ) {
      if (past.has(index)) {
        positions.push(index);
      }
    }
    for (const fragment of this.all) {
      const begins = fragment[member];
      if (begins !== undefined && begins >= from && begins <= to && isWanted(fragment)) {
        positions.push(fragment.position);
      }
    }
    return positions;
  }

  /** @param at when the fragment was begun, ms since the epoch */
  append(init: FragmentInit, at: number): Fragment {
    const fragment = new Fragment(init, this.#nextPosition++, at);
    this.#fragments.push(fragment);
    if (fragment.FragmentNumber !== undefined) {
      this.#byNumber.set(fragment.FragmentNumber, fragment);
    }
    this.#ownedBytes += fragment.owned ? fragment.held : 0;
    return fragment;
  }

  /** Changes an open fragment that owns its media, and counts the memory that this takes or frees. */
  change(fragment: Fragment, work: () => void): void {
    const before = fragment.held;
    work();
    this.#ownedBytes += fragment.held - before;
  }

  /** Takes an open fragment back. */
  drop(fragment: Fragment): void {
    fragment.dropped = true;
    this.#remove(fragment);
  }

  /** Forgets the oldest complete fragment with media of its own. False if there is none. */
  forgetOldest(): boolean {
    const oldest = this.#oldestOwned();
    if (oldest === undefined) {
      return false;
    }
    this.#remove(oldest);
    return true;
  }

  /** Forgets everything, as if it had aged out. */
  forgetAll(): void {
    this.#past = undefined;
    this.#fragments = [];
    this.#byNumber.clear();
    this.#ownedBytes = 0;
  }

  /** Forgets what is older than the retention, or more than the limits on memory. */
  expire(): void {
    const retentionMs = this.#retentionMs();
    const oldest = this.#clock.now() - (retentionMs === 0 ? BUFFER_MS : retentionMs);
    let bytes = retentionMs === 0 ? this.#fragments.reduce((sum, { body }) => sum + body.length, 0) : 0;
    let expired = 0;
    for (const fragment of this.#fragments) {
      const aged = fragment.ingestedAt + fragment.durationMs < oldest;
      const tooMany = this.#fragments.length - expired > this.#most();
      const tooMuch = tooMany || bytes > BUFFER_BYTES || this.#ownedBytes > OWNED_BYTES;
      if (fragment.pinned || !fragment.complete || !(aged || tooMuch)) {
        break;
      }
      bytes -= fragment.body.length;
      this.#ownedBytes -= fragment.owned ? fragment.held : 0;
      expired++;
    }
    if (expired > 0) {
      this.#fragments.splice(0, expired).forEach((fragment) => {
        this.#forgetNumber(fragment);
      });
    }
  }

  /** The first index of the recorded past that is retained; 0 if there is no past. */
  #firstOfPast(): number {
    const retentionMs = this.#retentionMs();
    const oldest = this.#clock.now() - (retentionMs === 0 ? BUFFER_MS : retentionMs);
    return this.#past?.indexFrom('ServerTimestamp', oldest) ?? 0;
  }

  /** The first index of the recorded past from a position on that is retained and in no gap. */
  #nextOfPast(position: number): number | undefined {
    const past = this.#past;
    let index = Math.max(position, this.#firstOfPast());
    while (past !== undefined && index < past.count && !past.has(index)) {
      index++;
    }
    return past !== undefined && index < past.count ? index : undefined;
  }

  #remove(fragment: Fragment): void {
    this.#fragments = this.#fragments.filter((kept) => kept !== fragment);
    this.#forgetNumber(fragment);
    this.#ownedBytes -= fragment.held;
  }

  #forgetNumber(fragment: Fragment): void {
    const { FragmentNumber = '' } = fragment;
    if (this.#byNumber.get(FragmentNumber) === fragment) {
      this.#byNumber.delete(FragmentNumber);
    }
  }

  #oldestOwned(): Fragment | undefined {
    return this.#fragments.find(({ owned, pinned, complete }) => owned && !pinned && complete);
  }
}
