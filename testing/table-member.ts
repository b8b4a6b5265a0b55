/** A member of a shared fleet over a table in memory, and what it has been told: for tests without streams and machines. */
import { SharedCoordinator, type FleetStore, type Item, type Value } from '../src/fleet';
import type { ErrorReport } from '../src/session';
import type { Assignment, CoordinationEvent } from '../src/streams';
import type { MemoryFleetTable } from './memory-fleet-store';
import type { VirtualClock } from './virtual-clock';

export const LEASE_MS = 15_000;

/** No test needs as many calls: from here on none is answered, so that a member that never rests does not stop the test. */
const MOST_CALLS = 5_000;

/** Calls of a table in memory. @param called counts them */
export function storeOf(table: MemoryFleetTable, called: () => number): FleetStore {
  const answer = <T>(work: () => T): Promise<T> => {
    const isTooMuch = called() > MOST_CALLS;
    return new Promise((resolve) => {
      if (!isTooMuch) {
        resolve(work());
      }
    });
  };
  return {
    list: (prefix) => answer(() => table.list(prefix)),
    get: (key) => answer(() => table.get(key)),
    update: (key, change) => answer(() => table.update(key, change)),
    delete: (key, condition) =>
      answer(() => {
        table.delete(key, condition);
      }),
  };
}

/** Ends each stream as soon as it is asked to. */
export class TableMember {
  readonly coordinator: SharedCoordinator;
  /** What it reads, by name. */
  readonly reads = new Map<string, Assignment>();
  readonly events: CoordinationEvent[] = [];
  /** What its error reports are about: `table`, `full`, a stream that was lost, or the item of a stream. */
  readonly reports: string[] = [];
  calls = 0;

  constructor(name: string, table: MemoryFleetTable, clock: VirtualClock, checkpointMs = 0) {
    let ids = 0;
    const reported = (what: string): ErrorReport => {
      this.reports.push(what);
      return {} as ErrorReport;
    };
    const store = storeOf(table, () => (this.calls += 1));
    this.coordinator = new SharedCoordinator(
      { leaseMs: LEASE_MS, checkpointMs, maxStreams: 100, host: name, newId: () => `${name}-${ids++}` },
      {
        ...{ store, clock, moment: () => [clock.monotonic(), clock.now()] },
        reports: {
          tableFailed: () => reported('table'),
          leaseLost: ({ StreamName }) => reported(StreamName),
          itemMalformed: ({ StreamName }) => reported(`item of ${StreamName}`),
          full: () => reported('full'),
        },
      },
    );
  }

  start(): void {
    this.coordinator.start({
      assigned: (assignment) => {
        this.reads.set(assignment.stream.StreamName, assignment);
      },
      revoked: (name) => {
        this.reads.delete(name);
        this.coordinator.released(name);
      },
      lost: (name) => {
        this.reads.delete(name);
      },
      guard: () => undefined,
      changed: () => undefined,
      event: (event) => {
        this.events.push(event);
      },
      error: () => undefined,
    });
  }

  /** The streams that it reads and may send, in order. */
  get sends(): string[] {
    return [...this.reads.keys()].filter((name) => this.coordinator.maySend(name)).sort();
  }
}

/** What a person, or another program, does to an item, with no condition. */
export function edit(table: MemoryFleetTable, key: string, set: Item): void {
  table.update(key, { set: set as Readonly<Record<string, Value>>, condition: {} });
}
