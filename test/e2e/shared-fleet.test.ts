/**
 * Real Node-REDs that share the streams of two fleets by one table, and lose processes, time and the table. All have the
 * same node ids. A sink outside of them takes each chunk by HTTP, and its answer is what the flow acknowledges.
 *
 * A short part runs here. On demand: `KVS_FLEET_ROUNDS=1` for kills, stops, black holes, redeploys, members that come and
 * go, and leases lost while draining, in full numbers; or
 * `KVS_FLEET_ROUNDS=kill:5,stop:2,hole:1,redeploy:1,restart:1,drain:1,drainHole:1,drainStop:1,members:1`. With
 * `takeover:1` it measures how long the streams of a killed member are without a reader, for instance for
 * `KVS_FLEET_STREAMS=200 KVS_FLEET_LEASE_SECONDS=15 KVS_FLEET_EVERY_MS=4000`.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { AwsAccount } from '../../src/aws';
import { createTable, DynamoStore, TableClient } from '../../src/dynamodb';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import { SIMULATOR_KEYS } from '../../testing/collector';
import { startTableServer, type TableServer } from '../../testing/dynalite';
import { startNodeRed, type FlowNode, type RunningNodeRed } from '../../testing/node-red';
import { pageKeyHeader } from '../../testing/page-key';
import { TableProxy } from '../../testing/table-proxy';
import { Sink, type Receipt } from './chunk-sink';
import { memberFlow } from './fleet-member-flow';
import { oneFragment } from './small-media';

const TABLE = 'kvs-fleets';
const LEASE_MS = 1_000 * Number(process.env['KVS_FLEET_LEASE_SECONDS'] ?? 3);
/** A member may send for so long after its last confirmed beat. */
const GUARD_MS = 0.8 * LEASE_MS;
/** By the clock of the machine, which all processes here share. */
const CLOCK_MS = 20;

const FULL = 'kill:20,stop:20,hole:10,redeploy:10,restart:3,drain:3,drainHole:3,drainStop:3,members:1';
const GIVEN = process.env['KVS_FLEET_ROUNDS'];
const ROUNDS = (GIVEN === '1' ? FULL : (GIVEN ?? 'redeploy:1,kill:1')).split(',').map((round) => {
  const [kind = '', times = '1'] = round.split(':');
  return { kind: kind as RoundKind, times: Number(times) };
});
const STREAMS = Number(process.env['KVS_FLEET_STREAMS'] ?? (GIVEN === undefined ? 6 : 30));
const MEMBERS = GIVEN === undefined ? 2 : 3;
/** Each stream has a fragment in so long. */
const EVERY_MS = Number(process.env['KVS_FLEET_EVERY_MS'] ?? (GIVEN === undefined ? 500 : 2_000));
/** What is not in the sink so long after the end of a disturbance counts as lost. */
const LOST_AFTER_MS = 120_000;

/** The fleets in the table: the first reads all streams, the second some of them. */
const FLEETS = ['default', 'second'] as const;
const OF_SECOND: readonly string[] = ['cam-0', 'cam-1'];

type RoundKind =
  | 'kill'
  | 'stop'
  | 'hole'
  | 'redeploy'
  | 'restart'
  | 'drain'
  | 'drainHole'
  | 'drainStop'
  | 'takeover'
  | 'members';
/** Kinds in which nothing may come twice. */
const ORDERLY: readonly RoundKind[] = ['redeploy', 'restart', 'drain', 'members'];

/** A Node-RED of the fleet, with its own way to the table. */
interface Member {
  readonly index: number;
  readonly server: RunningNodeRed;
  readonly proxy: TableProxy;
  readonly flows: readonly FlowNode[];
  /** When each beat was answered, by fleet. */
  readonly beats: ReadonlyMap<string, number[]>;
}

describe('real Node-REDs that share a fleet', function () {
  this.timeout(0);
  const simulator = new Simulator({ callsPerSecond: 1_000 });
  const sink = new Sink();
  const members: Member[] = [];
  const streams: SimulatedStream[] = [];
  const produced = new Map<string, string[]>();
  let table: TableServer;
  let account: AwsAccount;
  let client: TableClient;
  let sinkUrl: string;
  let camera: NodeJS.Timeout | undefined;
  let next = 0;

  before(async () => {
    for (let index = 0; index < STREAMS; index += 1) {
      streams.push(simulator.addStream({ name: `cam-${index}`, source: 'none' }));
    }
    await simulator.start();
    sinkUrl = await sink.start();
    table = await startTableServer();
    account = new AwsAccount({
      region: 'us-west-2',
      credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
    });
    client = new TableClient(account, { endpoint: table.endpoint, withinMs: 30_000 });
    await createTable(client, TABLE, new AbortController().signal);
    for (let index = 0; index < MEMBERS; index += 1) {
      members.push(await join(index));
    }
    camera = setInterval(() => {
      produce(streams[next % STREAMS]);
      next += 1;
    }, EVERY_MS / STREAMS);
    assert(await settled(), 'all is read at first');
  });
  after(async () => {
    clearInterval(camera);
    await Promise.all(members.map(leave));
    client.close();
    account.close();
    table.close();
    await sink.stop();
    await simulator.stop();
  });

  function produce(stream: SimulatedStream | undefined): void {
    assert(stream !== undefined);
    const numbers = stream.ingest(oneFragment(Buffer.alloc(1_000, next % 251)));
    const known = produced.get(stream.name) ?? [];
    produced.set(stream.name, [...known, ...numbers.map(({ FragmentNumber }) => FragmentNumber ?? '')]);
  }

  async function join(index: number): Promise<Member> {
    const proxy = new TableProxy(table.endpoint);
    const beats = new Map<string, number[]>(FLEETS.map((fleet) => [fleet, []]));
    proxy.answered = ({ operation, fleet, key: item, status }) => {
      if (operation === 'UpdateItem' && item.startsWith('member#') && status === 200) {
        beats.get(fleet)?.push(Date.now());
      }
    };
    const flows = memberFlow({
      ...{ endpoint: simulator.endpoint, table: TABLE, tableEndpoint: await proxy.listening },
      ...{ leaseSeconds: LEASE_MS / 1_000, ofSecond: OF_SECOND, sinkUrl, member: index },
    });
    const server = await startNodeRed({ flows, credentials: { config: SIMULATOR_KEYS } });
    return { index, server, proxy, flows, beats };
  }

  async function leave({ server, proxy }: Member): Promise<void> {
    await server.stop();
    proxy.close();
  }

  const key = (fleet: string, StreamName: string, FragmentNumber: string): string =>
    `${fleet} ${StreamName} ${FragmentNumber}`;
  const taken = (): Set<string> =>
    new Set(
      sink.receipts.map(({ fleet, StreamName, FragmentNumber }) => key(fleet, StreamName, FragmentNumber)),
    );
  const all = (): string[] =>
    [...produced].flatMap(([StreamName, numbers]) =>
      FLEETS.filter((fleet) => fleet === 'default' || OF_SECOND.includes(StreamName)).flatMap((fleet) =>
        numbers.map((number) => key(fleet, StreamName, number)),
      ),
    );

  /** Waits until everything that has been produced so far is in the sink. */
  async function settled(): Promise<boolean> {
    const wanted = all();
    let left = new Set(wanted);
    return sink.until(() => {
      const have = taken();
      left = new Set([...left].filter((each) => !have.has(each)));
      return left.size === 0;
    }, LOST_AFTER_MS);
  }

  /** Waits until the others have all streams of the member, whose acknowledgements a deploy would lose. */
  async function drained({ server }: Member): Promise<void> {
    await server.admin('/inject/drain', {});
    while ((await owned(server.pid)).length > 0) {
      await pause(200);
    }
  }

  const itemsOf = (fleet: string, prefix: string): ReturnType<DynamoStore['list']> =>
    new DynamoStore(client, TABLE, fleet).list(prefix);

  /** The streams of both fleets that the process has, as the table says. */
  async function owned(pid: number | undefined): Promise<string[]> {
    const items = await Promise.all(FLEETS.map((fleet) => itemsOf(fleet, 'stream#')));
    return items
      .flat()
      .filter(({ owner }) => String(owner).includes(`-${pid ?? 0}-`))
      .map(({ fleet, item }) => `${fleet ?? ''} ${String(item).replace('stream#', '')}`);
  }

  /** Disturbs the fleet in one way. @returns whatever has to be done before the next round */
  async function disturb(kind: RoundKind, round: number): Promise<void> {
    const member = members[round % members.length];
    assert(member !== undefined);
    const { server, proxy, flows } = member;
    switch (kind) {
      case 'kill':
        await server.kill();
        await pause(LEASE_MS);
        await server.start();
        break;
      case 'stop':
        process.kill(server.pid ?? 0, 'SIGSTOP');
        await pause(3 * LEASE_MS);
        process.kill(server.pid ?? 0, 'SIGCONT');
        break;
      case 'hole':
        proxy.isHole = true;
        await pause(3 * LEASE_MS);
        proxy.isHole = false;
        break;
      case 'drainHole':
      case 'drainStop': {
        const its = await owned(server.pid);
        assert(its.length > 0);
        // Its chunks are taken, and not acknowledged: it waits for that, and loses its lease meanwhile.
        sink.silentTo = member.index;
        await server.admin('/inject/drain', {});
        await pause(LEASE_MS / 3);
        if (kind === 'drainHole') {
          proxy.isHole = true;
        } else {
          process.kill(server.pid ?? 0, 'SIGSTOP');
        }
        await pause(3 * LEASE_MS);
        const late = Date.now();
        sink.speak();
        if (kind === 'drainStop') {
          process.kill(server.pid ?? 0, 'SIGCONT');
        }
        await pause(LEASE_MS);
        proxy.isHole = false;
        const since = sink.receipts.filter(({ member: by, sentAt }) => by === member.index && sentAt > late);
        assert.deepEqual(since, [], 'it sends nothing after its lease has ended');
        await server.admin('/inject/join', {});
        break;
      }
      case 'takeover': {
        let its = new Set<string>();
        while (its.size < Math.floor(STREAMS / MEMBERS)) {
          await pause(200);
          its = new Set(await owned(server.pid));
        }
        const count = its.size;
        assert(count > 0);
        const from = sink.receipts.length;
        const killedAt = Date.now();
        await server.kill();
        const isWhole = await sink.until(() => {
          for (const receipt of sink.receipts.slice(from)) {
            if (receipt.member !== member.index) {
              its.delete(`${receipt.fleet} ${receipt.StreamName}`);
            }
          }
          return its.size === 0;
        }, LOST_AFTER_MS);
        const tookMs = Date.now() - killedAt;
        process.stdout.write(`      ${JSON.stringify({ kind, leaseMs: LEASE_MS, taken: count, tookMs })}\n`);
        assert(isWhole, `${its.size} of ${count} streams are not read`);
        await server.start();
        break;
      }
      case 'redeploy':
        for (const each of members) {
          await drained(each);
          await each.server.deploy(each.flows, { config: SIMULATOR_KEYS });
          await settled();
        }
        break;
      case 'restart':
        for (const each of members) {
          await drained(each);
          await each.server.restart();
          await settled();
        }
        break;
      case 'drain':
        await drained(member);
        await server.admin('/inject/join', {});
        break;
      case 'members':
        // 3 → 1 → 5 → 2 → 3
        for (const count of [1, 5, 2, MEMBERS]) {
          while (members.length > count) {
            const last = members.pop();
            assert(last !== undefined);
            await drained(last);
            await leave(last);
          }
          while (members.length < count) {
            members.push(await join(members.length));
          }
          await pause(2 * LEASE_MS);
          await settled();
        }
    }
    assert(flows.length > 0);
  }

  for (const { kind, times } of ROUNDS) {
    it(`${kind} ×${times}, ${STREAMS} streams`, async () => {
      const from = sink.receipts.length;
      const deadlines: number[] = [];
      for (let round = 0; round < times; round += 1) {
        await disturb(kind, round);
        assert(await settled(), `round ${round}: ${all().filter((each) => !taken().has(each)).length} lost`);
        deadlines.push(Date.now());
      }
      const counts = new Map<string, number>();
      for (const { fleet, StreamName, FragmentNumber } of sink.receipts.slice(from)) {
        const name = key(fleet, StreamName, FragmentNumber);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      const doubled = [...counts].filter(([, count]) => count > 1).map(([name]) => name);
      const lost = await lostOf(all().filter((each) => !taken().has(each) && isOld(each)));
      const late = sentByOldOwners();
      const unguarded = sentWithoutGuard(members);
      const figures = { chunks: counts.size, lost: lost.length, doubled: doubled.length };
      const guard = { byOldOwners: late.length, afterGuard: unguarded.length };
      process.stdout.write(`      ${JSON.stringify({ kind, times, ...figures, ...guard })}\n`);
      assert.deepEqual(late, [], 'no message of an old owner was sent after one of the new owner');
      assert.deepEqual(unguarded, [], 'no message was sent after a guard has closed');
      assert.deepEqual(lost, []);
      await assertApart();
      if (ORDERLY.includes(kind)) {
        assert.deepEqual(doubled, [], 'nothing is sent twice in an orderly change');
      } else {
        // Each chunk is a checkpoint, and one is out at a time; a beat may have been missed while it was written.
        assert(doubled.length <= times * STREAMS * Math.ceil(GUARD_MS / EVERY_MS + 1), doubled.join('\n'));
      }
    });
  }

  it('tests and creates tables for the dialog, and sends no signature where no fleet is deployed', async () => {
    const [member] = members;
    assert(member !== undefined);
    const { server, proxy } = member;
    const deployed = await proxy.listening;
    const ask = async (action: string, name: string, tableEndpoint = deployed): Promise<unknown> => {
      const headers = await pageKeyHeader(server.url);
      return server
        .admin('/kvs-fleet/config/table', { action, table: name, tableEndpoint }, headers)
        .catch((error: unknown) => String(error));
    };
    assert.deepEqual(await ask('test', TABLE), { state: 'ready' });
    assert.deepEqual(await ask('test', 'other-fleets'), { state: 'missing' });
    assert.deepEqual(await ask('create', 'other-fleets'), { state: 'ready' });
    assert.deepEqual(await ask('test', 'other-fleets'), { state: 'ready' });
    assert.deepEqual(await ask('create', TABLE), { state: 'ready' });
    assert.match(String(await ask('test', TABLE, table.endpoint)), /409: .*DeployFirst/);
    assert.match(String(await ask('test', 'a b')), /400: .*InvalidInput/);
    assert.match(String(await ask('drop', TABLE)), /400: .*InvalidInput/);
  });

  /** Each fleet has its own members, and its own streams alone, in the table and in the sink. */
  async function assertApart(): Promise<void> {
    const streamsOf = async (fleet: string): Promise<string[]> =>
      (await itemsOf(fleet, 'stream#')).map(({ item }) => String(item).replace('stream#', '')).sort();
    assert.deepEqual(await streamsOf('default'), streams.map(({ name }) => name).sort());
    assert.deepEqual(await streamsOf('second'), OF_SECOND);
    const [first, second] = await Promise.all(FLEETS.map((fleet) => itemsOf(fleet, 'member#')));
    const its = new Set(first?.map(({ item }) => item));
    assert((second?.length ?? 0) > 0 && second?.every(({ item }) => !its.has(item)) === true);
    const strangers = sink.receipts.filter(
      ({ fleet, StreamName }) => fleet === 'second' && !OF_SECOND.includes(StreamName),
    );
    assert.deepEqual(strangers, []);
  }

  /** Those that do not come any more. Streams that move once more at the end of a round may be late. */
  async function lostOf(late: readonly string[]): Promise<string[]> {
    let left = late;
    await sink.until(() => {
      const have = taken();
      left = left.filter((each) => !have.has(each));
      return left.length === 0;
    }, LOST_AFTER_MS);
    return [...left];
  }

  /** What has just been produced is on its way. */
  function isOld(name: string): boolean {
    const [, StreamName = '', number = ''] = name.split(' ');
    const numbers = produced.get(StreamName) ?? [];
    return numbers.indexOf(number) < numbers.length - Math.ceil(5_000 / EVERY_MS);
  }

  function sentByOldOwners(): Receipt[] {
    const first = new Map<string, number>();
    for (const { fleet, StreamName, leaseEpoch, sentAt } of sink.receipts) {
      const name = `${fleet} ${StreamName} ${leaseEpoch}`;
      first.set(name, Math.min(first.get(name) ?? Infinity, sentAt));
    }
    const newer = (receipt: Receipt): number => {
      let earliest = Infinity;
      for (const [name, at] of first) {
        const [fleet, StreamName, epoch] = name.split(' ');
        const isSame = fleet === receipt.fleet && StreamName === receipt.StreamName;
        if (isSame && Number(epoch) > receipt.leaseEpoch) {
          earliest = Math.min(earliest, at);
        }
      }
      return earliest;
    };
    return sink.receipts.filter((receipt) => receipt.sentAt > newer(receipt));
  }

  /** The guard closes 0.8 of a lease after the first attempt at the last confirmed beat, which is before its answer. */
  function sentWithoutGuard(present: readonly Member[]): Receipt[] {
    return present.flatMap(({ index, beats }) =>
      sink.receipts.filter(({ fleet, member, sentAt }) => {
        const last = beats.get(fleet)?.findLast((at) => at <= sentAt);
        return member === index && last !== undefined && sentAt - last > GUARD_MS + CLOCK_MS;
      }),
    );
  }
});
