import { strict as assert } from 'node:assert';
import { MemoryFleetTable } from '../../testing/memory-fleet-store';
import { LEASE_MS, TableMember } from '../../testing/table-member';
import { VirtualClock } from '../../testing/virtual-clock';

const SETTLED_MS = 3 * LEASE_MS;
const NUMBER = '7'.padStart(47, '9');
const arn = (time: number): string => `arn:aws:kinesisvideo:eu-west-1:123456789012:stream/door/${time}`;

describe('a stream of a shared fleet', () => {
  let clock: VirtualClock;
  let table: MemoryFleetTable;
  let members: TableMember[];

  beforeEach(async () => {
    clock = new VirtualClock();
    table = new MemoryFleetTable();
    members = ['a', 'b'].map((name) => new TableMember(name, table, clock));
    for (const member of members) {
      member.start();
      await clock.advance(1_000);
    }
  });
  afterEach(async () => {
    const closed = Promise.all(members.map(({ coordinator }) => coordinator.close()));
    await clock.advance(SETTLED_MS);
    await closed;
  });

  /** @returns the member that reads the stream, and the other one */
  async function add(time: number): Promise<{ owner: TableMember; other: TableMember }> {
    members[0]?.coordinator.add({ stream: { StreamName: 'door', StreamARN: arn(time) } });
    await clock.advance(SETTLED_MS);
    const owner = members.find(({ reads }) => reads.has('door'));
    const other = members.find((member) => member !== owner);
    assert(owner !== undefined && other !== undefined);
    owner.coordinator.checkpoint({ StreamName: 'door' }, { FragmentNumber: NUMBER });
    await clock.advance(SETTLED_MS);
    assert.equal(table.get('stream#door')?.['FragmentNumber'], NUMBER);
    return { owner, other };
  }

  const reader = (): TableMember | undefined => members.find(({ sends }) => sends.includes('door'));

  for (const where of ['owner', 'other'] as const) {
    const at = where === 'owner' ? 'at its reader' : 'at another member';

    it(`continues when a message stops it and the next one starts it, ${at}`, async () => {
      const { coordinator } = (await add(1))[where];
      coordinator.remove('door', false);
      coordinator.add({ stream: { StreamName: 'door' }, byMessage: true });
      await clock.advance(SETTLED_MS);
      assert.equal(reader()?.reads.get('door')?.position?.FragmentNumber, NUMBER);
    });

    it(`is read from its start when it was deleted and made again, as found by a search ${at}`, async () => {
      const { coordinator } = (await add(1))[where];
      coordinator.remove('door', true);
      coordinator.add({ stream: { StreamName: 'door', StreamARN: arn(2) } });
      await clock.advance(SETTLED_MS);
      const { stream, position } = reader()?.reads.get('door') ?? assert.fail('nobody reads it');
      assert.deepEqual([stream.StreamARN, position], [arn(2), undefined]);
    });

    it(`stays stopped when a message stops it ${at}`, async () => {
      const { coordinator } = (await add(1))[where];
      coordinator.remove('door', false);
      await clock.advance(SETTLED_MS);
      assert.equal(reader(), undefined);
      assert.equal(table.get('stream#door')?.['state'], 'stopped');
    });
  }
});
