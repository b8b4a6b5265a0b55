/** The streams that this member owns, and what their readers are to do. */
import { definedOnly } from '../defined-only';
import type { CoordinatorEvents } from '../streams';
import { HeldStream, type HeldStreamDependencies } from './held-stream';
import type { StreamItem } from './items';

/** Why a member has a stream now: nobody read it, its owner was silent, or its owner has handed it over. */
export type ClaimReason = 'free' | 'expired' | 'handedOver';

export interface HeldStreamsNeeds extends HeldStreamDependencies {
  readonly events: () => Omit<CoordinatorEvents, 'guard' | 'error'> | undefined;
  /** A stream that was read here belongs to someone else. */
  readonly lost: (item: StreamItem) => void;
  readonly failed: (error: unknown, retryInMs: number) => void;
  /** Someone wants a stream of this member's, or has one now. */
  readonly hurry: () => void;
}

export class HeldStreams {
  readonly #held = new Map<string, HeldStream>();
  /** Streams whose readers were asked to end in order. */
  readonly #revoked = new Set<HeldStream>();
  /** Streams that this member has had no more since the read under way began, which may show them as its own. */
  readonly #leftSinceRead = new Set<string>();
  #whenEmpty: (() => void) | undefined;

  constructor(private readonly needs: HeldStreamsNeeds) {}

  get all(): ReadonlyMap<string, HeldStream> {
    return this.#held;
  }

  /** Whether messages of the stream may be sent, as far as its ownership goes. */
  maySend(StreamName: string): boolean {
    return this.#held.get(StreamName)?.hasEnded === false;
  }

  /** The streams' items are about to be read. @returns the streams that are held now, for `readHasShown` */
  beginRead(): ReadonlySet<HeldStream> {
    this.#leftSinceRead.clear();
    return new Set(this.#held.values());
  }

  /** @param before what `beginRead` returned when that read began */
  readHasShown(items: ReadonlyMap<string, StreamItem>, me: string, before: ReadonlySet<HeldStream>): void {
    for (const each of before) {
      if (this.#held.get(each.name) === each) {
        each.accept(items.get(each.name));
      }
    }
    for (const [StreamName, item] of items) {
      if (item.owner === me && !this.#leftSinceRead.has(StreamName)) {
        this.hold(item, me, 'handedOver');
      }
    }
  }

  /** The stream is this member's now. Nothing happens where that is known. */
  hold(item: StreamItem, me: string, reason: ClaimReason): void {
    if (!this.#held.has(item.stream.StreamName)) {
      this.#keep(item, me);
      const { stream, leaseEpoch } = item;
      this.needs.events()?.event({ event: 'claimed', ...stream, leaseEpoch, reason });
      this.#assign(item);
    }
  }

  /** Asks the reader to end in order. */
  revoke(held: HeldStream): void {
    if (!held.hasEnded && !this.#revoked.has(held)) {
      this.#revoked.add(held);
      this.needs.events()?.revoked(held.name);
    }
  }

  revokeThese(names: Iterable<string>): void {
    for (const held of [...names].map((name) => this.#held.get(name))) {
      if (held !== undefined) {
        this.revoke(held);
      }
    }
  }

  /** The reader has ended: in order, or since its bound is reached. */
  released(StreamName: string): void {
    const held = this.#held.get(StreamName);
    held?.end(this.#revoked.has(held) ? undefined : 'done');
  }

  /** None is this member's any more. */
  loseAll(): void {
    for (const held of [...this.#held.values()]) {
      held.drop();
      this.#lost(held);
    }
  }

  /** Gives all streams up. Resolves when that is written. */
  endAll(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenEmpty = resolve;
      for (const held of this.#held.values()) {
        this.#revoked.add(held);
        held.end();
      }
      this.#noteEmpty();
    });
  }

  dropAll(): void {
    for (const held of this.#held.values()) {
      held.drop();
    }
    this.#held.clear();
  }

  #keep(item: StreamItem, me: string): void {
    const held = new HeldStream(item, me, this.needs, {
      seen: ({ item: now }) => {
        if (now.state !== 'active') {
          this.revoke(held);
        } else if (now.wanted !== undefined) {
          this.needs.hurry();
        }
      },
      released: (_, next) => {
        const { stream, leaseEpoch } = held.item;
        const isForOthers = this.#revoked.has(held) && held.item.state === 'active';
        this.#leaves(held);
        if (isForOthers) {
          const reason = definedOnly({ reason: next });
          this.needs.events()?.event({ event: 'handedOver', ...stream, leaseEpoch, ...reason });
        }
        this.needs.hurry();
      },
      lost: () => {
        this.#lost(held);
        this.needs.hurry();
      },
      restarted: (_, now) => {
        this.#revoked.delete(held);
        this.#keep(now, me);
        this.#assign(now);
      },
      failed: this.needs.failed,
    });
    this.#held.set(item.stream.StreamName, held);
  }

  #assign({ stream, leaseEpoch, position, startSelector, until }: StreamItem): void {
    this.needs.events()?.assigned({ stream, leaseEpoch, ...definedOnly({ position, startSelector, until }) });
  }

  #lost(held: HeldStream): void {
    const wasRead = !this.#leaves(held);
    const { stream, leaseEpoch } = held.item;
    if (wasRead) {
      this.needs.events()?.lost(held.name);
      this.needs.lost(held.item);
    }
    this.needs.events()?.event({ event: 'lost', ...stream, leaseEpoch });
  }

  /** @returns whether the reader had ended */
  #leaves(held: HeldStream): boolean {
    this.#held.delete(held.name);
    this.#leftSinceRead.add(held.name);
    this.#revoked.delete(held);
    this.#noteEmpty();
    return held.isReleased;
  }

  #noteEmpty(): void {
    if (this.#held.size === 0) {
      this.#whenEmpty?.();
    }
  }
}
