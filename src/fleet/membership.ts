/** This process as a member of a fleet: it joins, gives signs of life, and joins anew under another id when it was buried. */
import type { Clock } from '../clock';
import { beat, join, type MemberFacts } from './conditional-writes';
import { LeaseGuard, GUARD_SHARE, type Moment } from './lease-guard';
import { memberKey, readMember, type MemberState } from './items';
import { ConditionFailed, type FleetStore, type Item } from './store';

/** Between two beats, as a share of a lease. */
export const BEAT_SHARE = 1 / 3;
/** Between two attempts at the same beat. */
const RETRY_SHARE = 1 / 12;

export interface MembershipOptions extends MemberFacts {
  /** Makes an id that no member has had. */
  readonly newId: () => string;
}

export interface MembershipDependencies {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly moment: () => Moment;
}

export interface MembershipEvents {
  joined(): void;
  /** A beat is confirmed, so the guard may have opened. */
  confirmed(): void;
  /** This member was silent for so long that others take its streams: it has none any more. */
  buried(): void;
  /** A call failed, and is repeated. @param firstAttempt whether it is the first failure in a row */
  failed(error: unknown, retryInMs: number, attempt: number): void;
}

export class Membership {
  readonly guard: LeaseGuard;
  #id: string;
  /** The last confirmed beat; undefined until it has joined. */
  #beat: number | undefined;
  #state: MemberState = 'active';
  #wantedState: MemberState = 'active';
  /** The write under way, which is repeated until its outcome is known. */
  #attempt: { readonly at: Moment; readonly state: MemberState } | undefined;
  #failures = 0;
  #cancelNext: (() => void) | undefined;
  #isStopped = false;

  constructor(
    private readonly options: MembershipOptions,
    private readonly dependencies: MembershipDependencies,
    private readonly events: MembershipEvents,
  ) {
    this.#id = options.newId();
    this.guard = new LeaseGuard(dependencies.moment, options.leaseMs * GUARD_SHARE);
  }

  get id(): string {
    return this.#id;
  }

  get hasJoined(): boolean {
    return this.#beat !== undefined;
  }

  /** Whether the last call succeeded. */
  get isReachable(): boolean {
    return this.#failures === 0;
  }

  start(): void {
    void this.#write();
  }

  /** Whether it wants streams. */
  get takesStreams(): boolean {
    return this.#wantedState === 'active';
  }

  /** The others see it with the next beat. */
  setState(state: 'active' | 'leaving'): void {
    this.#wantedState = state;
  }

  /** Ends the beats. The member's item stays. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelNext?.();
    this.guard.close();
  }

  async #write(): Promise<void> {
    const { store, clock, moment } = this.dependencies;
    // One value at a time: where the outcome of an attempt is unknown, the same is written again, and the time of the
    // first attempt counts.
    this.#attempt ??= { at: moment(), state: this.#wantedState };
    const { at, state } = this.#attempt;
    const next = (this.#beat ?? -1) + 1;
    const key = memberKey(this.#id);
    const startedAt = clock.monotonic();
    const wasMember = this.hasJoined;
    try {
      const change =
        this.#beat === undefined
          ? join(this.options, clock.now())
          : beat(next, state, this.#state, clock.now());
      const isWritten = await this.#outcome(store.update(key, change), key, next);
      if (this.#isStopped) {
        return;
      }
      this.#failures = 0;
      this.#attempt = undefined;
      if (isWritten) {
        this.#confirmed(next, state, at);
      } else {
        this.#buried();
      }
      // After a burial, and after a change of state, there is nothing to wait for. A join that fails has no reason to.
      const isUrgent = isWritten ? this.#state !== this.#wantedState : wasMember;
      const pauseMs = this.options.leaseMs * (isWritten ? BEAT_SHARE : RETRY_SHARE);
      this.#next(isUrgent ? 0 : pauseMs - (clock.monotonic() - startedAt));
    } catch (error) {
      if (!this.#isStopped) {
        this.#failures += 1;
        const retryInMs = this.options.leaseMs * RETRY_SHARE;
        this.events.failed(error, retryInMs, this.#failures);
        this.#next(retryInMs);
      }
    }
  }

  /**
   * Whether the beat is in the table, in an item that the others can read: where someone has edited it, they take this
   * member for one without an item. A failed condition may be that of a repeated write whose answer was lost.
   */
  async #outcome(write: Promise<Item>, key: string, written: number): Promise<boolean> {
    const item = await write.catch((error: unknown) => {
      if (error instanceof ConditionFailed) {
        return this.dependencies.store.get(key);
      }
      throw error;
    });
    const member = item && readMember(item);
    return member?.beat === written && member.state !== 'dead';
  }

  #confirmed(beat: number, state: MemberState, firstAttempt: Moment): void {
    const isNew = this.#beat === undefined;
    this.#beat = beat;
    this.#state = isNew ? 'active' : state;
    this.guard.confirm(firstAttempt);
    if (isNew) {
      this.events.joined();
    }
    this.events.confirmed();
  }

  #buried(): void {
    const wasMember = this.hasJoined;
    this.guard.close();
    this.#beat = undefined;
    if (wasMember) {
      this.events.buried();
    }
    this.#id = this.options.newId();
  }

  #next(inMs: number): void {
    this.#cancelNext = this.dependencies.clock.after(Math.max(0, inMs), () => {
      void this.#write();
    });
  }
}
