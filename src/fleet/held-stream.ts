/** A stream that this member owns: one write at a time, each repeated until its outcome is known. */
import type { Clock } from '../clock';
import { compareFragmentNumbers, type Position } from '../session';
import { checkpoint, decline, release } from './conditional-writes';
import { readStream, streamKey, type StreamItem, type StreamState } from './items';
import { ConditionFailed, type Change, type FleetStore } from './store';

export interface HeldStreamEvents {
  /** The table has what the owner is to know: somebody wants the stream, or nobody is to read it. */
  seen(held: HeldStream): void;
  /** The stream is given up in order. @param next its new owner */
  released(held: HeldStream, next: string | undefined): void;
  /** The stream belongs to someone else, or to nobody. */
  lost(held: HeldStream, reason: 'taken' | 'removed'): void;
  /** It is still this member's, and is to be read anew. */
  restarted(held: HeldStream, item: StreamItem): void;
  failed(error: unknown, retryInMs: number): void;
}

export interface HeldStreamDependencies {
  readonly store: FleetStore;
  readonly clock: Clock;
  /** Between two checkpoints, ms; 0: each is written. */
  readonly checkpointMs: number;
  /** Before a failed write is repeated, ms. */
  readonly retryMs: number;
  /** Whether the member takes part and has a place. */
  readonly mayReceive: (member: string) => boolean;
}

export class HeldStream {
  #known: StreamItem;
  #position: Position | undefined;
  /** The checkpoint that is to be written next. */
  #due: { readonly position: Position | undefined } | undefined;
  #isDeclined = false;
  /** The reader has ended; the stream is to be in this state. */
  #ending: { readonly state: StreamState | undefined } | undefined;
  #isWriting = false;
  #isDropped = false;
  #cancelTimer: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(
    item: StreamItem,
    private readonly me: string,
    private readonly dependencies: HeldStreamDependencies,
    private readonly events: HeldStreamEvents,
  ) {
    this.#known = item;
    this.#position = item.position;
  }

  get name(): string {
    return this.#known.stream.StreamName;
  }

  /** As the table had it last. */
  get item(): StreamItem {
    return this.#known;
  }

  /** Whether its reader has ended. */
  get isReleased(): boolean {
    return this.#ending !== undefined;
  }

  /** Whether nothing of it may be sent any more. */
  get hasEnded(): boolean {
    return this.#ending !== undefined || this.#isDropped;
  }

  /** Everything up to here is done with. */
  reach(position: Position): void {
    this.#position = position;
    const { checkpointMs, clock } = this.dependencies;
    if (checkpointMs === 0) {
      this.#due = { position };
      this.#write();
    } else {
      // Streams that begin together are not to write together.
      this.#cancelTimer ??= clock.after(checkpointMs * (0.8 + 0.2 * clock.random()), () => {
        this.#cancelTimer = undefined;
        this.#due = { position: this.#position };
        this.#write();
      });
    }
  }

  /** Forgets the position, until there is another. */
  reset(): void {
    this.#position = undefined;
    this.#due = { position: undefined };
    this.#write();
  }

  /** Keeps the stream that another member has asked for. */
  decline(): void {
    this.#isDeclined = true;
    this.#write();
  }

  /**
   * Gives the stream up, with its last position: to the member that has asked for it, or to nobody. Nothing of it may be
   * sent any more.
   *
   * @param state of the stream from now on; absent: as it is
   */
  end(state?: StreamState): void {
    if (this.#ending === undefined) {
      this.#ending = { state };
      this.#cancelTimer?.();
      this.#write();
    }
  }

  /** Forgets it: nothing is written any more. */
  drop(): void {
    this.#isDropped = true;
    this.#cancelTimer?.();
    this.#cancelRetry?.();
  }

  /**
   * A write or a read that began after this member got the stream has shown the item, so an epoch that is lower was set
   * by someone else.
   *
   * @param item undefined: it is not there, or not as members write it
   */
  accept(item: StreamItem | undefined): void {
    if (this.#isDropped) {
      return;
    }
    if (item?.owner === this.me && item.leaseEpoch === this.#known.leaseEpoch) {
      this.#known = item;
      this.events.seen(this);
    } else if (item?.owner === this.me) {
      this.drop();
      this.events.restarted(this, item);
    } else if (this.#ending !== undefined && item !== undefined && isSame(item.position, this.#position)) {
      this.drop();
      this.events.released(this, item.owner);
    } else {
      this.drop();
      this.events.lost(this, item === undefined ? 'removed' : 'taken');
    }
  }

  #write(): void {
    if (!this.#isWriting && !this.#isDropped) {
      this.#isWriting = true;
      void this.#writeAll();
    }
  }

  async #writeAll(): Promise<void> {
    const { store, clock, retryMs } = this.dependencies;
    for (let change = this.#nextChange(); change !== undefined; change = this.#nextChange()) {
      const key = streamKey(this.name);
      try {
        const item = await store.update(key, change).catch((error: unknown) => {
          if (error instanceof ConditionFailed) {
            return store.get(key);
          }
          throw error;
        });
        this.accept(item && readStream(item));
      } catch (error) {
        if (this.#isStopped()) {
          break;
        }
        this.events.failed(error, retryMs);
        await new Promise<void>((resolve) => {
          this.#cancelRetry = resolve;
          clock.after(retryMs, resolve);
        });
      }
    }
    this.#isWriting = false;
  }

  #nextChange(): Change | undefined {
    if (this.#isStopped()) {
      return undefined;
    }
    const known = this.#known;
    if (this.#ending !== undefined) {
      const isActive = (this.#ending.state ?? known.state) === 'active';
      const next =
        isActive && known.wanted !== undefined && this.dependencies.mayReceive(known.wanted)
          ? known.wanted
          : undefined;
      const state = this.#ending.state ?? known.state;
      return release(known, this.#position, next, state, this.dependencies.clock.now());
    }
    if (this.#isDeclined) {
      this.#isDeclined = false;
      if (known.wanted !== undefined) {
        return decline(known);
      }
    }
    if (this.#due !== undefined && !isSame(this.#due.position, known.position)) {
      return checkpoint(known, this.#due.position);
    }
    this.#due = undefined;
    return undefined;
  }

  #isStopped(): boolean {
    return this.#isDropped;
  }
}

function isSame(a: Position | undefined, b: Position | undefined): boolean {
  if (a?.FragmentNumber === undefined || b?.FragmentNumber === undefined) {
    return a?.FragmentNumber === b?.FragmentNumber && a?.ServerTimestamp === b?.ServerTimestamp;
  }
  return compareFragmentNumbers(a.FragmentNumber, b.FragmentNumber) === 0;
}
