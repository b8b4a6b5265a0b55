/** One stream: what it retains, who produces into it, and who waits for more. */
import type { Clock } from '../../clock';
import {
  demux,
  makePlayable,
  readRecording,
  type Playable,
  type Profile,
  type RecordedChunk,
} from '../media';
import type { Fragment, FragmentInit } from './fragment';
import type { FragmentNumbers } from './fragment-number';
import { Producer, tagElements, type TagGroup } from './producer';
import { RecordedPast, type RecordedPastOptions } from './recorded-past';
import { RetainedFragments } from './retained-fragments';
import type { TimestampMember } from './stored-fragment';

/** Producers from outside at once: one, and the next one at a change-over. */
const MOST_CONNECTED = 2;

export interface StreamDetails {
  readonly name: string;
  readonly arn: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly version: string;
  readonly retentionMs: number;
  /** As declared, or as its media has it; undefined while neither is known. */
  readonly mediaType: string | undefined;
  readonly profile: Profile;
  readonly resourceTags: ResourceTags;
}

/** Tags of the stream as a resource of the account; those of its media are the producer's. */
export type ResourceTags = ReadonlyMap<string, string>;

export type PastOptions = Pick<RecordedPastOptions, 'lengthMs' | 'gaps' | 'seed'>;

export class SimulatedStream {
  details: StreamDetails;
  readonly numbers: FragmentNumbers;
  /** When media last came in, by the clock's `monotonic`; -Infinity before the first. */
  lastMediaAt = -Infinity;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #retained: RetainedFragments;
  #producer: Producer | undefined;
  /** Producers from outside. */
  #connected = 0;

  /** @param mostFragments that the stream may keep, whatever its retention */
  constructor(details: StreamDetails, numbers: FragmentNumbers, clock: Clock, mostFragments: () => number) {
    this.details = details;
    this.numbers = numbers;
    this.#clock = clock;
    this.#retained = new RetainedFragments(clock, () => this.details.retentionMs, mostFragments);
  }

  /** Bytes of memory for media that no other fragment shares, those of open fragments included. */
  get ownedBytes(): number {
    return this.#retained.ownedBytes;
  }

  get name(): string {
    return this.details.name;
  }

  get arn(): string {
    return this.details.arn;
  }

  /** What is retained now of what came in since the simulator began, oldest first; the last one may still be open. */
  get fragments(): readonly Fragment[] {
    return this.#retained.all;
  }

  /** Everything that is retained now, oldest first; the recorded past is made while it is read. */
  stored(): Iterable<Fragment> {
    return this.#retained.stored();
  }

  /** How many fragments of the recorded past are retained. */
  get recordedCount(): number {
    return this.#retained.recordedCount;
  }

  /** The oldest fragment that is retained. */
  get oldest(): Fragment | undefined {
    return this.#retained.from(0);
  }

  /** Those of `fragments`, and those of the recorded past that begin next to a time, oldest first. */
  candidates(member: TimestampMember, time: number): readonly Fragment[] {
    return [...this.#retained.around(member, time), ...this.#retained.all];
  }

  /** The position that the next new fragment will have. */
  get nextPosition(): number {
    return this.#retained.nextPosition;
  }

  /** A producer is connected and has more to send. */
  get producing(): boolean {
    return this.#producer?.running ?? false;
  }

  /**
   * A producer connects from outside. Two may overlap: one that renews its session begins the next before it ends the
   * last. False if there are two, or the simulator's own producer runs.
   */
  connectProducer(): boolean {
    if (this.#connected >= MOST_CONNECTED || this.producing) {
      return false;
    }
    this.#connected += 1;
    return true;
  }

  /** A producer from outside is connected. */
  get connected(): boolean {
    return this.#connected > 0;
  }

  disconnectProducer(): void {
    this.#connected -= 1;
  }

  /** The fragment at a position, or the oldest one after it; undefined if there is none yet. */
  from(position: number): Fragment | undefined {
    return this.#retained.from(position);
  }

  /** The fragment with this number. */
  find(FragmentNumber: string): Fragment | undefined {
    return this.#retained.find(FragmentNumber);
  }

  /** Positions of the fragments that begin between two times, both included, ms since the epoch. */
  positionsBetween(...args: Parameters<RetainedFragments['positionsBetween']>): number[] {
    return this.#retained.positionsBetween(...args);
  }

  /** Calls back whenever there is more to send, or no more to come. Returns the function that ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Adds a fragment; `at` is when it was begun (now, unless history is made). */
  append(init: FragmentInit, at = this.#clock.now()): Fragment {
    const fragment = this.#retained.append(init, at);
    const age = Math.max(0, this.#clock.now() - at);
    this.lastMediaAt = Math.max(this.lastMediaAt, this.#clock.monotonic() - age);
    this.#retained.expire();
    return fragment;
  }

  /** Adds to an open fragment of this stream. */
  grow(fragment: Fragment, bytes: Buffer): void {
    this.#retained.change(fragment, () => {
      fragment.grow(bytes);
    });
    this.lastMediaAt = this.#clock.monotonic();
  }

  /** Counts bytes that are kept for a fragment of this stream beside its body. */
  keep(fragment: Fragment, length: number): void {
    this.#retained.change(fragment, () => {
      fragment.keep(length);
    });
  }

  /** Ends a fragment of this stream that has grown. */
  finish(fragment: Fragment): void {
    this.#retained.change(fragment, () => {
      fragment.finish(this.#clock.now());
    });
  }

  /** Takes an open fragment back, because its producer went away in the middle of it. */
  drop(fragment: Fragment): void {
    this.#retained.drop(fragment);
    this.changed();
  }

  /** Forgets the oldest complete fragment with media of its own. False if there is none. */
  forgetOldest(): boolean {
    return this.#retained.forgetOldest();
  }

  /** When the oldest complete fragment with media of its own came in; Infinity if there is none. */
  get oldestOwnedAt(): number {
    return this.#retained.oldestOwnedAt;
  }

  /** Notifies the readers. Apart from `append`, so that a fragment can be filled first. */
  changed(): void {
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }

  /** Retains recorded chunks as they are, whatever their age. */
  retain(chunks: readonly RecordedChunk[], pinned: boolean): Fragment[] {
    const fragments = chunks.map((chunk) => {
      const fragment = this.append({
        ...(chunk.FragmentNumber === undefined ? {} : { FragmentNumber: chunk.FragmentNumber }),
        ...(chunk.ServerTimestamp === undefined ? {} : { ServerTimestamp: chunk.ServerTimestamp }),
        ...(chunk.ProducerTimestamp === undefined ? {} : { ProducerTimestamp: chunk.ProducerTimestamp }),
        durationMs: chunk.durationMs,
        body: chunk.bytes,
        available: chunk.bytes.length,
        trailer: () => NOTHING,
        closing: () => NOTHING,
        owned: !pinned,
        pinned,
      });
      fragment.finish(this.#clock.now());
      return fragment;
    });
    if (pinned) {
      this.lastMediaAt = -Infinity;
    }
    this.changed();
    return fragments;
  }

  /**
   * Pushes media by program, whole at once: a recorded GetMedia response (kept byte for byte, with its own
   * numbers) or a Matroska file (cut at key frames; numbered and stamped now).
   *
   * @throws {MediaError} if the bytes are neither
   */
  ingest(bytes: Buffer, profile: Profile = this.details.profile): Fragment[] {
    const recorded = readRecording(bytes);
    if (recorded !== undefined) {
      return this.retain(recorded, false);
    }
    const playable = makePlayable(demux(bytes), profile);
    const producer = new Producer(this, playable, this.#clock, NOTHING);
    return playable.pieces.map(() => producer.produceFragment());
  }

  /** Gives the stream its producer, which is paused until it is started or resumed. */
  attach(playable: Playable, tags: readonly TagGroup[]): Producer {
    this.#producer?.pause();
    this.#producer = new Producer(this, playable, this.#clock, tagElements(tags));
    return this.#producer;
  }

  /** Gives a new stream a past that ends now. */
  record(playable: Playable, tags: readonly TagGroup[], past: PastOptions): void {
    const options = { ...past, playable, customTags: tagElements(tags), endsAt: this.#clock.now() };
    this.#retained.record(new RecordedPast(options, (count) => this.numbers.reserve(count)));
    this.numbers.startSession();
    this.lastMediaAt = this.#clock.monotonic();
  }

  /** The camera goes silent: an open fragment ends where it is. */
  pauseProducer(): void {
    this.#producer?.pause();
  }

  /** The camera comes back, in a new producer session. Does nothing while it runs, or if there is none. */
  resumeProducer(): void {
    this.#producer?.resume();
  }

  /** Produces the next fragments of the stream's media at once, whole, stamped now. For tests that own the time. */
  produce(count = 1): Fragment[] {
    const producer = this.#producer;
    return producer === undefined ? [] : Array.from({ length: count }, () => producer.produceFragment());
  }

  /** Produces the next frame alone, in an open fragment that ends by itself with its last frame. */
  produceFrame(): Fragment | undefined {
    return this.#producer?.produceFrame();
  }

  /** Forgets everything retained, as if it had aged out. */
  forget(): void {
    this.#retained.forgetAll();
  }
}

const NOTHING = Buffer.alloc(0);
