/** Looks at the fleet's items again and again, and does this member's part of what follows from them. */
import type { Clock } from '../clock';
import { planFor, type Holding } from './stream-plan';
import { ask, bury, claim, removal } from './conditional-writes';
import type { HeldStreams } from './held-streams';
import {
  MEMBER_PREFIX,
  memberKey,
  readMember,
  readStream,
  readStreams,
  STREAM_PREFIX,
  streamKey,
  type StreamItem,
} from './items';
import { BEAT_SHARE, type Membership } from './membership';
import type { LeaseObserver } from './lease-observer';
import { ConditionFailed, type Change, type FleetStore } from './store';

/** Members are read with every beat; streams with every second one while nothing happens. */
const QUIET_ROUNDS = 2;
/** While this member waits for streams that it has asked for, ms. */
const WAITING_ROUND_MS = 1_000;
/** Between two claims or asks: no more than 20 a second. */
const PACE_MS = 50;

export interface RoundsNeeds {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly membership: Membership;
  readonly observer: LeaseObserver;
  readonly held: HeldStreams;
}

export interface RoundsEvents {
  /** All streams of the fleet by name, as the table has them. @param malformed names of those that cannot be read */
  surveyed(items: ReadonlyMap<string, StreamItem>, malformed: readonly string[]): void;
  /** Told how many streams no member has a place for. */
  full(homeless: number): void;
  failed(error: unknown, retryInMs: number): void;
}

export class Reconciler {
  #hasSurveyed = false;
  /** Rounds since the streams were read. */
  #quiet = 0;
  /** Something happens, so that the streams are read with every round. */
  #isUnsettled = true;
  #isWaiting = false;
  #isHurried = false;
  #isRunning = false;
  #isStopped = false;
  #lastMembers = '';
  #cancelNext: (() => void) | undefined;

  constructor(
    private readonly needs: RoundsNeeds,
    private readonly events: RoundsEvents,
  ) {}

  /** Whether the streams have been read. */
  get hasSurveyed(): boolean {
    return this.#hasSurveyed;
  }

  start(): void {
    this.hurry();
  }

  /** Looks now, or as soon as the round under way is over. */
  hurry(): void {
    this.#isHurried = true;
    if (!this.#isRunning && !this.#isStopped) {
      this.#cancelNext?.();
      this.#cancelNext = this.needs.clock.after(0, () => {
        void this.#run();
      });
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelNext?.();
  }

  async #run(): Promise<void> {
    const { clock, leaseMs, membership } = this.needs;
    this.#isRunning = true;
    const isHurried = this.#isHurried;
    this.#isHurried = false;
    const beatMs = leaseMs * BEAT_SHARE;
    try {
      if (membership.hasJoined) {
        await this.#look(isHurried);
      }
    } catch (error) {
      this.#isUnsettled = true;
      if (!this.#isStopped) {
        this.events.failed(error, beatMs);
      }
    }
    this.#isRunning = false;
    if (!this.#isStopped) {
      const roundMs = this.#isWaiting ? Math.min(WAITING_ROUND_MS, beatMs) : beatMs;
      // Not quite regular, so that members do not keep step; and when a silent member's lease ends.
      const regularMs = roundMs * (0.9 + 0.1 * clock.random());
      const expiryMs = this.needs.observer.expiresInMs(membership.id);
      const inMs = this.#hasToHurry() ? PACE_MS : Math.min(regularMs, Math.max(PACE_MS, expiryMs));
      this.#cancelNext = clock.after(inMs, () => {
        void this.#run();
      });
    }
  }

  /** Someone may have asked for it during a round. */
  #hasToHurry(): boolean {
    return this.#isHurried;
  }

  async #look(isHurried: boolean): Promise<void> {
    const { store, observer } = this.needs;
    const items = await store.list(MEMBER_PREFIX);
    observer.observe(items.map(readMember).filter((member) => member !== undefined));
    await this.#burySilent();
    const members = observer.living.map(({ id, state }) => `${id} ${state}`).join();
    const isChanged = members !== this.#lastMembers;
    this.#lastMembers = members;
    this.#quiet += 1;
    if (isHurried || isChanged || this.#isUnsettled || this.#quiet >= QUIET_ROUNDS) {
      this.#quiet = 0;
      this.#isUnsettled = isChanged;
      await this.#survey();
    }
  }

  async #burySilent(): Promise<void> {
    const { store, observer, membership } = this.needs;
    for (const member of observer.silent.filter(({ id }) => id !== membership.id)) {
      if (await wrote(store.update(memberKey(member.id), bury(member)))) {
        observer.buried(member);
      }
    }
  }

  async #survey(): Promise<void> {
    const { store, held, membership, observer } = this.needs;
    const me = membership.id;
    const heldBefore = held.beginRead();
    const { read, malformed } = readStreams(await store.list(STREAM_PREFIX));
    if (this.#isElse(me)) {
      return;
    }
    const items = new Map(read.map((item) => [item.stream.StreamName, item]));
    this.#hasSurveyed = true;
    held.readHasShown(items, me, heldBefore);
    this.events.surveyed(items, malformed);
    const active = read.filter(({ state }) => state === 'active');
    const holdings = active.map(({ stream, owner, wanted }): Holding => {
      const { StreamName } = stream;
      const isFree = owner === undefined || (owner !== me && observer.isGone(owner));
      return { StreamName, ...(isFree ? {} : { owner }), ...(wanted === undefined ? {} : { wanted }) };
    });
    // Of a member that has just been drained the table does not say so yet.
    const places = observer.active.filter(({ id }) => id !== me || membership.takesStreams);
    const plan = planFor(me, places, holdings, () => this.needs.clock.random());
    this.events.full(plan.homeless);
    held.revokeThese(plan.handOvers);
    for (const StreamName of plan.declines) {
      held.all.get(StreamName)?.decline();
    }
    this.#isWaiting = plan.asks.length > 0 || active.some(({ wanted }) => wanted === me);
    this.#isUnsettled ||= plan.claims.length + plan.handOvers.length > 0 || this.#isWaiting;
    await this.#take(plan.claims, plan.asks, items, me);
    await this.#removeGone(read);
  }

  async #take(
    claims: readonly string[],
    asks: readonly string[],
    items: ReadonlyMap<string, StreamItem>,
    me: string,
  ): Promise<void> {
    const { store, clock, held } = this.needs;
    const changes: { item: StreamItem; change: Change; isClaim: boolean }[] = [];
    for (const [names, isClaim] of [[claims, true] as const, [asks, false] as const]) {
      for (const item of names.map((name) => items.get(name)).filter((each) => each !== undefined)) {
        changes.push({ item, change: isClaim ? claim(item, me) : ask(item, me), isClaim });
      }
    }
    for (const { item, change, isClaim } of changes) {
      if (this.#isElse(me) || !this.needs.membership.guard.isOpen) {
        return;
      }
      const written = await store
        .update(streamKey(item.stream.StreamName), change)
        .catch((error: unknown) => {
          if (error instanceof ConditionFailed) {
            return undefined;
          }
          throw error;
        });
      if (isClaim && written === undefined) {
        // Another member was faster: what is free now is to be seen.
        this.hurry();
      }
      const now = written && readStream(written);
      if (isClaim && now !== undefined && !this.#isElse(me)) {
        held.hold(now, me, item.owner === undefined ? 'free' : 'expired');
      }
      await new Promise<void>((resolve) => {
        clock.after(PACE_MS, resolve);
      });
    }
  }

  /** Streams that nobody reads, and that do not exist any more or ended long ago. */
  async #removeGone(items: readonly StreamItem[]): Promise<void> {
    const { store, observer, clock } = this.needs;
    for (const item of items) {
      const hasExpired = item.state !== 'active' && (item.expiresAt ?? Infinity) < clock.now();
      if (
        (item.state === 'gone' || hasExpired) &&
        (item.owner === undefined || observer.isGone(item.owner))
      ) {
        await wrote(store.delete(streamKey(item.stream.StreamName), removal(item)));
      }
    }
  }

  /** This member has ended, or is another one now: what it has read and begun is of no use. */
  #isElse(me: string): boolean {
    return this.#isStopped || this.needs.membership.id !== me || !this.needs.membership.hasJoined;
  }
}

/** @returns false where the condition did not hold */
async function wrote(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) {
      return false;
    }
    throw error;
  }
}
