import { strict as assert } from 'node:assert';
import { MemoryFleetTable } from '../../testing/memory-fleet-store';
import { edit, LEASE_MS, TableMember } from '../../testing/table-member';
import { VirtualClock } from '../../testing/virtual-clock';

/** All members have seen what has changed, and acted on it. */
const SETTLED_MS = 3 * LEASE_MS;
const NUMBER = '7'.padStart(47, '9');

describe('a fleet whose table people change', () => {
  let clock: VirtualClock;
  let table: MemoryFleetTable;
  let members: TableMember[];

  /** Starts so many members, the first of which finds the streams. */
  async function start(count: number, ...names: readonly string[]): Promise<void> {
    members = ['a', 'b', 'c'].slice(0, count).map((name) => new TableMember(name, table, clock));
    for (const member of members) {
      member.start();
      await clock.advance(1_000);
    }
    find(...names);
    await clock.advance(SETTLED_MS);
    assert.deepEqual(sent(), [...names].sort());
  }

  function find(...names: readonly string[]): void {
    const searcher = members.find(({ coordinator }) => coordinator.discovers);
    for (const StreamName of names.filter((name) => searcher?.coordinator.known.has(name) !== true)) {
      searcher?.coordinator.add({ stream: { StreamName } });
    }
  }

  const sent = (): string[] => members.flatMap(({ sends }) => sends).sort();
  const calls = (): number => members.reduce((sum, member) => sum + member.calls, 0);

  /** A fleet of two makes some 60 calls in three leases while nothing happens. */
  async function assertCalm(): Promise<void> {
    const before = calls();
    await clock.advance(SETTLED_MS);
    assert(calls() - before < 100, `${calls() - before} calls`);
  }

  beforeEach(() => {
    clock = new VirtualClock();
    table = new MemoryFleetTable();
  });
  afterEach(async () => {
    const closed = Promise.all(members.map(({ coordinator }) => coordinator.close()));
    await clock.advance(SETTLED_MS);
    await closed;
  });

  it('reads streams whose items were deleted, from their start', async () => {
    const names = ['door', 'gate', 'hall', 'yard'];
    await start(2, ...names);
    // Epochs grow with hand-overs; those of the new items begin at 0.
    for (let round = 0; round < 3; round += 1) {
      members[0]?.coordinator.drain();
      await clock.advance(SETTLED_MS);
      members[0]?.coordinator.join();
      await clock.advance(SETTLED_MS);
    }
    for (const name of names) {
      table.delete(`stream#${name}`, {});
    }
    await clock.advance(SETTLED_MS);
    find(...names);
    await clock.advance(SETTLED_MS);
    assert.deepEqual(sent(), names);
  });

  it('reads streams of a table that was deleted and made again', async () => {
    const names = ['door', 'gate', 'hall', 'yard'];
    await start(2, ...names);
    members[1]?.coordinator.drain();
    await clock.advance(SETTLED_MS);
    members[1]?.coordinator.join();
    await clock.advance(SETTLED_MS);
    for (const { item } of table.list('')) {
      table.delete(String(item), {});
    }
    for (let at = 0; at < SETTLED_MS; at += 1_000) {
      await clock.advance(1_000);
      find(...names);
    }
    await clock.advance(SETTLED_MS);
    assert.deepEqual(sent(), names);
  });

  it('reads a stream whose epoch was set back, as by a backup that is restored', async () => {
    await start(1, 'door');
    for (let round = 0; round < 3; round += 1) {
      members[0]?.coordinator.drain();
      await clock.advance(SETTLED_MS);
      members[0]?.coordinator.join();
      await clock.advance(SETTLED_MS);
    }
    edit(table, 'stream#door', { leaseEpoch: 0 });
    members[0]?.coordinator.checkpoint({ StreamName: 'door' }, { FragmentNumber: NUMBER });
    await clock.advance(SETTLED_MS);
    assert.deepEqual(sent(), ['door']);
    await assertCalm();
  });

  for (const [what, set] of [
    ['an epoch below 0', { leaseEpoch: -5 }],
    ['an epoch that cannot grow', { leaseEpoch: 2 ** 53 }],
    ['an epoch of another type', { leaseEpoch: '1' }],
    ['a state that there is not', { state: 'paused' }],
    ['a checkpoint that is empty', { FragmentNumber: '' }],
    ['a checkpoint of another type', { FragmentNumber: 12 }],
    ['an owner of another type', { owner: 1 }],
    ['a wish that is empty', { wanted: '' }],
    ['a wish of a type that members never write', { wanted: null }],
  ] as const) {
    it(`sends nothing of a stream with ${what}, says so once, and continues when it is corrected`, async () => {
      await start(2, 'door', 'gate');
      edit(table, 'stream#door', set);
      await clock.advance(SETTLED_MS);
      find('door', 'gate');
      for (const { coordinator } of members) {
        coordinator.checkpoint({ StreamName: 'door' }, { FragmentNumber: NUMBER });
      }
      await clock.advance(SETTLED_MS);
      assert.deepEqual(sent(), ['gate']);
      await assertCalm();
      for (const { reports } of members) {
        assert.equal(reports.filter((about) => about === 'item of door').length, 1);
      }
      table.delete('stream#door', {});
      find('yard');
      await clock.advance(SETTLED_MS);
      find('door');
      await clock.advance(SETTLED_MS);
      assert.deepEqual(sent(), ['door', 'gate', 'yard']);
    });
  }

  it('takes no notice of items and attributes that belong to nobody', async () => {
    await start(2, 'door', 'gate');
    edit(table, 'member#someone', { state: 'active', beat: 'often' });
    edit(table, 'member#else', { state: 'active', beat: 1, leaseMs: 1e300 });
    edit(table, 'lock#', { owner: 'me' });
    edit(table, 'stream#gate', { note: 'by the car park' });
    await clock.advance(SETTLED_MS);
    find('yard');
    await clock.advance(SETTLED_MS);
    assert.deepEqual(sent(), ['door', 'gate', 'yard']);
    await assertCalm();
  });

  it('has no two senders where the item of a member is spoiled', async () => {
    await start(2, 'door', 'gate');
    const [{ item = '' } = {}] = table.list('member#a');
    edit(table, String(item), { leaseMs: -1 });
    for (let at = 0; at < SETTLED_MS; at += 500) {
      await clock.advance(500);
      assert.deepEqual(sent(), [...new Set(sent())]);
    }
    assert.deepEqual(sent(), ['door', 'gate']);
    assert.deepEqual(
      members.map(({ reads }) => reads.size),
      [1, 1],
    );
  });

  it('is joined without haste where each id is taken', async () => {
    for (let id = 0; id < 200; id += 1) {
      edit(table, `member#a-${id}`, { state: 'dead', beat: 0, leaseMs: LEASE_MS });
    }
    await start(0);
    const late = new TableMember('a', table, clock);
    members.push(late);
    late.start();
    await clock.advance(SETTLED_MS);
    assert(late.calls > 10 && late.calls < 100, `${late.calls} calls`);
  });

  for (const [what, set] of [
    ['no start selector', { startSelector: '{"StartSelectorType":"YESTERDAY"}' }],
    ['nothing', { startSelector: 'null', until: 'null' }],
    ['no bound', { until: '{"fragments":-3}' }],
    ['no JSON', { startSelector: '{', until: 'soon' }],
  ] as const) {
    it(`reads a stream from where the settings say where its own start is ${what}`, async () => {
      await start(1, 'gate');
      edit(table, 'stream#door', { state: 'active', leaseEpoch: 0, ...set });
      await clock.advance(SETTLED_MS);
      assert.deepEqual(sent(), ['door', 'gate']);
      const { startSelector, until } = members[0]?.reads.get('door') ?? {};
      assert.deepEqual([startSelector, until], [undefined, undefined]);
    });
  }
});
