/** The coordinator of a fleet that several machines share: what each reads follows from a table that all of them write. */
import { definedOnly } from '../defined-only';
import type { StreamRef } from '../options';
import type { Position } from '../session';
import type { Coordinator, CoordinatorEvents, WantedStream } from '../streams';
import { HeldStreams } from './held-streams';
import { memberKey, type StreamItem } from './items';
import { Membership } from './membership';
import { LeaseObserver } from './lease-observer';
import { Reconciler } from './reconciler';
import type { SharedCoordinatorDependencies, SharedCoordinatorOptions } from './shared-needs';
import { StreamEdits } from './stream-edits';

/** For writing the last checkpoints, ms: well below the 15 s that the host gives to everything that closes. */
const CLOSE_WITHIN_MS = 8_000;

export class SharedCoordinator implements Coordinator {
  readonly #membership: Membership;
  readonly #observer: LeaseObserver;
  readonly #held: HeldStreams;
  readonly #reconciler: Reconciler;
  readonly #edits: StreamEdits;
  #known: ReadonlyMap<string, WantedStream> = new Map();
  #wanted = 0;
  /** Streams that were taken out since the items were read: one that is added again is to be read anew. */
  readonly #retired = new Set<string>();
  /** Streams whose items have been reported. */
  #malformed: ReadonlySet<string> = new Set();
  #events: CoordinatorEvents | undefined;
  #isDrained = false;
  #isGuardShown = true;
  /** A message waits for the guard, which nobody was told of: a clock was set, or the process stood still. */
  #isHeldBack = false;
  #isOutageReported = false;
  /** No call has failed since the last beat but one. */
  #isCalm = true;
  #isFull = false;
  #cancelGuard: (() => void) | undefined;

  constructor(
    options: SharedCoordinatorOptions,
    private readonly dependencies: SharedCoordinatorDependencies,
  ) {
    const { store, clock, reports } = dependencies;
    const { leaseMs } = options;
    const retryMs = leaseMs / 6;
    const failed = (error: unknown, retryInMs: number, attempt = 1): void => {
      this.#failed(error, retryInMs, attempt);
    };
    this.#observer = new LeaseObserver(clock, leaseMs);
    this.#membership = new Membership(options, dependencies, {
      joined: () => {
        this.#events?.event({ event: 'joined' });
        this.#reconciler.start();
      },
      confirmed: () => {
        this.#noteCalm();
        this.#watchGuard();
      },
      buried: () => {
        this.#held.loseAll();
        this.#events?.event({ event: 'left', reason: 'expired' });
      },
      failed,
    });
    this.#held = new HeldStreams({
      ...{ store, clock, retryMs, failed },
      checkpointMs: options.checkpointMs,
      mayReceive: (member) => this.#observer.active.some(({ id }) => id === member),
      events: () => this.#events,
      lost: ({ stream }) => {
        this.#events?.error(reports.leaseLost(stream));
      },
      hurry: () => {
        this.#reconciler.hurry();
      },
    });
    this.#reconciler = new Reconciler(
      { store, clock, leaseMs, membership: this.#membership, observer: this.#observer, held: this.#held },
      {
        surveyed: (items, malformed) => {
          this.#surveyed(items, malformed);
        },
        full: (homeless) => {
          this.#noteFull(homeless);
        },
        failed,
      },
    );
    this.#edits = new StreamEdits(
      { store, clock, retryMs },
      () => {
        this.#reconciler.hurry();
      },
      failed,
    );
  }

  get member(): string {
    return this.#membership.id;
  }

  get members(): number {
    return Math.max(1, this.#observer.active.length);
  }

  /** The one with the first id: when members disagree for a moment, two search, which does no harm. */
  get discovers(): boolean {
    const [first] = this.#observer.active.map(({ id }) => id).sort();
    return this.#reconciler.hasSurveyed && !this.#isDrained && first === this.member;
  }

  get known(): ReadonlyMap<string, WantedStream> {
    return this.#known;
  }

  get isReady(): boolean {
    return this.#reconciler.hasSurveyed;
  }

  get wanted(): number {
    return this.#wanted;
  }

  /** Whether the table does what it is asked. */
  get isReachable(): boolean {
    return !this.#isOutageReported;
  }

  /** For how long this member may send without another beat, ms. */
  get guardLeftMs(): number {
    return this.#membership.guard.leftMs;
  }

  get isDrained(): boolean {
    return this.#isDrained;
  }

  start(events: CoordinatorEvents): void {
    this.#events = events;
    this.#membership.start();
  }

  add(wanted: WantedStream): void {
    const { StreamName } = wanted.stream;
    const isAnew =
      this.#known.has(StreamName) ||
      this.#retired.has(StreamName) ||
      wanted.startSelector !== undefined ||
      wanted.until !== undefined;
    this.#known = new Map(this.#known).set(StreamName, wanted);
    this.#edits.push({ kind: 'add', wanted, isAnew });
  }

  remove(StreamName: string, isGone: boolean): void {
    const state = isGone ? 'gone' : 'stopped';
    const known = new Map(this.#known);
    known.delete(StreamName);
    this.#known = known;
    this.#retired.add(StreamName);
    const held = this.#held.all.get(StreamName);
    if (held?.hasEnded === false) {
      held.end(state);
      this.#events?.lost(StreamName);
    } else {
      this.#edits.push({ kind: 'retire', StreamName, state });
    }
  }

  maySend(StreamName: string): boolean {
    const { isOpen } = this.#membership.guard;
    const isHeld = this.#held.maySend(StreamName);
    this.#isHeldBack ||= isHeld && !isOpen;
    return isHeld && isOpen;
  }

  checkpoint({ StreamName }: StreamRef, position: Position): void {
    const held = this.#held.all.get(StreamName);
    if (held?.hasEnded === false) {
      held.reach(position);
    }
  }

  reset({ StreamName }: StreamRef): void {
    const held = this.#held.all.get(StreamName);
    if (held?.hasEnded === false) {
      held.reset();
    } else {
      this.#edits.push({ kind: 'forget', StreamName });
    }
  }

  released(StreamName: string): void {
    this.#held.released(StreamName);
  }

  drain(): void {
    this.#isDrained = true;
    this.#membership.setState('leaving');
    this.#held.revokeThese(this.#held.all.keys());
  }

  join(): void {
    this.#isDrained = false;
    this.#membership.setState('active');
    this.#reconciler.hurry();
  }

  async close(): Promise<void> {
    const { clock, store } = this.dependencies;
    this.#reconciler.stop();
    this.#edits.stop();
    this.#cancelGuard?.();
    let cancel: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(CLOSE_WITHIN_MS, resolve);
    });
    await Promise.race([this.#held.endAll(), late]);
    const isWritten = this.#held.all.size === 0;
    this.#held.dropAll();
    this.#membership.stop();
    if (isWritten && this.#membership.hasJoined) {
      // Where this fails, the others find the member silent after a lease, and it has no streams.
      const left = store.delete(memberKey(this.member), {}).catch(() => undefined);
      await Promise.race([left, late]);
    }
    cancel?.();
    this.#events?.event({ event: 'left' });
  }

  #surveyed(items: ReadonlyMap<string, StreamItem>, malformed: readonly string[]): void {
    const known = new Map<string, WantedStream>();
    let wanted = malformed.length;
    for (const [StreamName, { stream, startSelector, until, byMessage, state }] of items) {
      wanted += state === 'active' ? 1 : 0;
      if (state !== 'gone') {
        known.set(StreamName, { stream, byMessage, ...definedOnly({ startSelector, until }) });
      }
    }
    for (const StreamName of malformed) {
      known.set(StreamName, { stream: { StreamName } });
      if (!this.#malformed.has(StreamName)) {
        this.#events?.error(this.dependencies.reports.itemMalformed({ StreamName }));
      }
    }
    this.#malformed = new Set(malformed);
    this.#known = known;
    this.#wanted = wanted;
    this.#retired.clear();
    if (this.#isDrained) {
      this.#held.revokeThese(this.#held.all.keys());
    }
    this.#edits.open();
    this.#events?.changed();
  }

  #noteFull(homeless: number): void {
    const isFull = homeless > 0;
    if (isFull && !this.#isFull) {
      this.#events?.error(this.dependencies.reports.full(homeless));
    }
    this.#isFull = isFull;
  }

  /** An outage is over when two beats in a row are confirmed and no call has failed in between. */
  #noteCalm(): void {
    if (this.#isCalm && this.#isOutageReported) {
      this.#isOutageReported = false;
      this.#events?.changed();
    }
    this.#isCalm = true;
  }

  /** One report for an outage that many calls notice. */
  #failed(error: unknown, retryInMs: number, attempt: number): void {
    this.#isCalm = false;
    if (!this.#isOutageReported) {
      this.#isOutageReported = true;
      this.#events?.error(this.dependencies.reports.tableFailed(error, retryInMs, attempt));
    }
  }

  /** Reports when the guard closes, so that reading can pause. `maySend` asks the guard itself, not this timer. */
  #watchGuard(): void {
    this.#cancelGuard?.();
    const { isOpen, leftMs } = this.#membership.guard;
    if (isOpen !== this.#isGuardShown || (isOpen && this.#isHeldBack)) {
      this.#isGuardShown = isOpen;
      this.#isHeldBack = false;
      this.#events?.guard(isOpen);
    }
    if (isOpen) {
      // Whole ms: a smaller part may be too small to move the clock.
      this.#cancelGuard = this.dependencies.clock.after(Math.ceil(leftMs), () => {
        this.#watchGuard();
      });
    }
  }
}
