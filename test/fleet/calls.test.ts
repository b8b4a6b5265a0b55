import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SharedCoordinator, type FleetStore } from '../../src/fleet';
import type { ErrorReport } from '../../src/session';
import type { Assignment } from '../../src/streams';
import { MemoryFleetTable } from '../../testing/memory-fleet-store';
import { REPOSITORY } from '../../testing/node-red';
import { VirtualClock } from '../../testing/virtual-clock';

const STREAMS = 100;
const MINUTES = 3;
/** A fragment of each stream in so long. */
const FRAGMENT_MS = 2_000;
/** Items in an answer of the store: see `src/dynamodb/dynamo-store.ts`. */
const ITEMS_PER_PAGE = 250;

/** A table in memory that counts what DynamoDB bills: write units of 1 kB, read units of 4 kB. */
class CountedStore implements FleetStore {
  readonly #table = new MemoryFleetTable();
  readonly calls = { Query: 0, GetItem: 0, UpdateItem: 0, DeleteItem: 0 };
  readUnits = 0;
  writeUnits = 0;

  list(prefix: string): ReturnType<FleetStore['list']> {
    const items = this.#table.list(prefix);
    this.calls.Query += Math.max(1, Math.ceil(items.length / ITEMS_PER_PAGE));
    this.readUnits += Math.max(1, Math.ceil(JSON.stringify(items).length / 4_096));
    return Promise.resolve(items);
  }

  get(key: string): ReturnType<FleetStore['get']> {
    this.calls.GetItem += 1;
    this.readUnits += 1;
    return Promise.resolve(this.#table.get(key));
  }

  update(...[key, change]: Parameters<FleetStore['update']>): ReturnType<FleetStore['update']> {
    this.calls.UpdateItem += 1;
    this.writeUnits += 1;
    return Promise.resolve(this.#table.update(key, change));
  }

  delete(...[key, condition]: Parameters<FleetStore['delete']>): ReturnType<FleetStore['delete']> {
    this.calls.DeleteItem += 1;
    this.#table.delete(key, condition);
    return Promise.resolve();
  }
}

describe('the calls of a member to the table', function () {
  this.timeout(60_000);

  it(`are as many in an hour as the guide says, with ${STREAMS} streams that have media`, async () => {
    const clock = new VirtualClock();
    const store = new CountedStore();
    const none = {} as ErrorReport;
    const coordinator = new SharedCoordinator(
      {
        ...{ leaseMs: 15_000, checkpointMs: 10_000, maxStreams: 1_000 },
        ...{ host: 'machine', newId: () => 'machine-1-12345678' },
      },
      {
        ...{ store, clock, moment: () => [clock.monotonic()] },
        reports: {
          tableFailed: () => none,
          leaseLost: () => none,
          itemMalformed: () => none,
          full: () => none,
        },
      },
    );
    const reading = new Map<string, Assignment>();
    coordinator.start({
      assigned: (assignment) => reading.set(assignment.stream.StreamName, assignment),
      revoked: () => undefined,
      lost: () => undefined,
      guard: () => undefined,
      changed: () => undefined,
      event: () => undefined,
      error: () => undefined,
    });
    for (let index = 0; index < STREAMS; index += 1) {
      coordinator.add({ stream: { StreamName: `camera-${index}` } });
    }
    await clock.advance(30_000);
    assert.equal(reading.size, STREAMS);
    const before = { ...store.calls, reads: store.readUnits, writes: store.writeUnits };
    for (let at = 0; at < MINUTES * 60_000; at += FRAGMENT_MS) {
      for (const { stream } of reading.values()) {
        const FragmentNumber = String(at + 1).padStart(47, '9');
        coordinator.checkpoint(stream, { FragmentNumber, ServerTimestamp: clock.now() });
      }
      await clock.advance(FRAGMENT_MS);
    }
    const hourly = (now: number, then: number): number => Math.round(((now - then) * 60) / MINUTES);
    const calls = {
      UpdateItem: hourly(store.calls.UpdateItem, before.UpdateItem),
      Query: hourly(store.calls.Query, before.Query),
      GetItem: hourly(store.calls.GetItem, before.GetItem),
      DeleteItem: hourly(store.calls.DeleteItem, before.DeleteItem),
    };
    const units = {
      'read units': hourly(store.readUnits, before.reads),
      'write units': hourly(store.writeUnits, before.writes),
    };
    const guide = readFileSync(join(REPOSITORY, 'docs/guide/fleets.md'), 'utf8').replaceAll(',', '');
    for (const [name, count] of Object.entries({ ...calls, ...units })) {
      const [, said = ''] = new RegExp(`\\| ${name}[^|]*\\| *(\\d+)`).exec(guide) ?? [];
      const [low, high] = [0.9 * count - 1, 1.1 * count + 1];
      assert(said !== '' && Number(said) >= low && Number(said) <= high, `${name}: ${count}, not ${said}`);
    }
    coordinator.drain();
    await clock.advance(60_000);
  });
});
