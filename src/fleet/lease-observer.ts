/** What this member sees of the others, and whose lease has ended. No clock of another machine is looked at: only whether their beats change. */
import type { Clock } from '../clock';
import type { MemberItem } from './items';

interface Sighting {
  readonly beat: number;
  /** When a read that showed this beat first returned, by this member's own clock. */
  readonly at: number;
}

export class LeaseObserver {
  #members: ReadonlyMap<string, MemberItem> = new Map();
  readonly #sightings = new Map<string, Sighting>();
  /** Owners of streams without an item, since when. */
  readonly #missing = new Map<string, number>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly leaseMs: number,
  ) {}

  /** Notes what a read of all members has returned just now. */
  observe(members: readonly MemberItem[]): void {
    const now = this.clock.monotonic();
    this.#members = new Map(members.map((member) => [member.id, member]));
    for (const { id, beat } of members) {
      if (this.#sightings.get(id)?.beat !== beat) {
        this.#sightings.set(id, { beat, at: now });
      }
      this.#missing.delete(id);
    }
    for (const id of [...this.#sightings.keys()].filter((each) => !this.#members.has(each))) {
      this.#sightings.delete(id);
    }
  }

  /** The member was buried by this one. */
  buried(member: MemberItem): void {
    const members = new Map(this.#members);
    this.#members = members.set(member.id, { ...member, state: 'dead' });
  }

  /** Those that take part, as they are seen. */
  get active(): readonly MemberItem[] {
    return [...this.#members.values()].filter(({ state }) => state === 'active');
  }

  /** Those that take part or are about to leave. */
  get living(): readonly MemberItem[] {
    return [...this.#members.values()].filter(({ state }) => state !== 'dead');
  }

  /** Members whose beat has not changed for a lease. */
  get silent(): readonly MemberItem[] {
    const now = this.clock.monotonic();
    return this.living.filter(({ id, leaseMs }) => {
      const sighting = this.#sightings.get(id);
      return sighting !== undefined && now - sighting.at >= leaseMs;
    });
  }

  /** ms until another member will have been silent for a lease, unless it beats; Infinity where there is none. */
  expiresInMs(me: string): number {
    const now = this.clock.monotonic();
    const times = this.living
      .filter(({ id }) => id !== me)
      .map(({ id, leaseMs }) => (this.#sightings.get(id)?.at ?? now) + leaseMs - now);
    return Math.min(...times.filter((ms) => ms > 0));
  }

  /**
   * Whether the owner of a stream can send no more: it was found dead, or its item has been missing for a lease. A member
   * whose item has just been removed notices with its next beat.
   */
  isGone(id: string): boolean {
    const member = this.#members.get(id);
    if (member !== undefined) {
      return member.state === 'dead';
    }
    const now = this.clock.monotonic();
    const since = this.#missing.get(id) ?? now;
    this.#missing.set(id, since);
    return now - since >= this.leaseMs;
  }
}
