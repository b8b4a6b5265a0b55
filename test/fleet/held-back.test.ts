import { strict as assert } from 'node:assert';
import { SharedCoordinator, type FleetStore } from '../../src/fleet';
import type { ErrorReport } from '../../src/session';
import { MemoryFleetTable } from '../../testing/memory-fleet-store';
import { VirtualClock } from '../../testing/virtual-clock';

const none = {} as ErrorReport;
const NOTHING = { revoked: () => undefined, lost: () => undefined, changed: () => undefined };

describe('a message that waits for the guard', () => {
  it('is not forgotten when a clock was set forward, which no timer notices', async () => {
    const clock = new VirtualClock();
    const table = new MemoryFleetTable();
    const store: FleetStore = {
      list: (prefix) => Promise.resolve(table.list(prefix)),
      get: (key) => Promise.resolve(table.get(key)),
      update: (key, change) => Promise.resolve(table.update(key, change)),
      delete: (key, condition) => {
        table.delete(key, condition);
        return Promise.resolve();
      },
    };
    const coordinator = new SharedCoordinator(
      {
        ...{ leaseMs: 15_000, checkpointMs: 0, maxStreams: 10 },
        ...{ host: 'machine', newId: () => 'machine-1' },
      },
      {
        ...{ store, clock, moment: () => [clock.monotonic(), clock.now()] },
        reports: {
          tableFailed: () => none,
          leaseLost: () => none,
          itemMalformed: () => none,
          full: () => none,
        },
      },
    );
    const told: (string | boolean)[] = [];
    coordinator.start({
      ...NOTHING,
      assigned: ({ stream }) => told.push(stream.StreamName),
      guard: (isOpen) => told.push(isOpen),
      event: () => undefined,
      error: () => undefined,
    });
    coordinator.add({ stream: { StreamName: 'door' } });
    await clock.advance(20_000);
    assert.deepEqual(told, ['door']);
    assert.equal(coordinator.maySend('door'), true);
    clock.setWall(3_600_000);
    assert.equal(coordinator.maySend('door'), false);
    await clock.advance(5_000);
    assert.equal(coordinator.maySend('door'), true);
    assert.deepEqual(told, ['door', true], 'readers are told to continue');
  });
});
