import assert from 'node:assert/strict';
import { AwsAccount } from '../../../src/aws';
import { createTable, DynamoStore, TableClient } from '../../../src/dynamodb';
import { Simulator, type SimulatedStream } from '../../../src/simulator';
import { startTableServer, type TableServer } from '../../../testing/dynalite';
import { loadFleets, type FleetFlow } from '../../../testing/fleet-flow';
import { TableProxy } from '../../../testing/table-proxy';

const TABLE = 'kvs-fleets';
const KEYS = { accessKeyId: 'simulator', secretAccessKey: 'simulator' };
const SECRET = 'simulator-secret-that-nobody-may-see';
/** Long enough for machines that are busy with other tests. */
const LONG_LEASE = { leaseSeconds: 5 };
const signal = new AbortController().signal;

describe('kvs-fleet, shared by a table', function () {
  this.timeout(60_000);
  let simulator: Simulator;
  let server: TableServer;
  let proxy: TableProxy;
  let account: AwsAccount;
  let client: TableClient;
  let flows: FleetFlow[] = [];
  let fleets = 0;

  before(async () => {
    server = await startTableServer();
    proxy = new TableProxy(server.endpoint);
    account = new AwsAccount({ region: 'us-west-2', credentials: { kind: 'keys', ...KEYS } });
    client = new TableClient(account, { endpoint: server.endpoint, withinMs: 30_000 });
    await createTable(client, TABLE, signal);
  });
  beforeEach(async () => {
    fleets += 1;
    simulator = new Simulator({ idleEndMs: 50, callsPerSecond: 1_000 });
    await simulator.start();
  });
  afterEach(async () => {
    proxy.isHole = false;
    proxy.treatments.length = 0;
    await flows[0]?.unload();
    flows = [];
    await simulator.stop();
  });
  after(() => {
    client.close();
    account.close();
    proxy.close();
    server.close();
  });

  async function load(count: number, properties: object = {}): Promise<FleetFlow[]> {
    flows = await loadFleets(
      simulator.endpoint,
      {
        ...{
          startSelectorType: 'EARLIEST',
          coordination: 'dynamodb',
          table: TABLE,
          fleet: `fleet-${fleets}`,
        },
        ...{ tableEndpoint: await proxy.listening, leaseSeconds: 3, checkpointSeconds: 0, ...properties },
      },
      count,
    );
    return flows;
  }

  function streams(count: number, fragments: number): SimulatedStream[] {
    return Array.from({ length: count }, (_, index) => {
      const added = simulator.addStream({ name: `cam-${index}`, live: false, profile: 'aws-sdk' });
      added.produce(fragments);
      return added;
    });
  }

  const items = (): ReturnType<DynamoStore['list']> =>
    new DynamoStore(client, TABLE, `fleet-${fleets}`).list('');

  const sent = (): string[] =>
    flows.flatMap(({ media }) => media.all.map(({ topic, kvs }) => `${topic} ${kvs.FragmentNumber}`));
  const produced = (all: readonly SimulatedStream[]): string[] =>
    all.flatMap(({ name, fragments }) =>
      fragments.map(({ FragmentNumber }) => `${name} ${FragmentNumber ?? ''}`),
    );

  /** Waits until so many messages have come on all outputs together. */
  async function total(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (sent().length >= count) {
          resolve();
        }
      };
      for (const { media } of flows) {
        media.each(look);
      }
      look();
    });
  }

  async function claims(flow: FleetFlow, count: number): Promise<void> {
    let seen = 0;
    await flow.events.first(({ payload }) => payload.event === 'claimed' && ++seen === count);
  }

  it('reads each stream in one place, shares them evenly, and leaves the table in order', async () => {
    const all = streams(9, 2);
    await load(3, LONG_LEASE);
    await total(18);
    await Promise.all(flows.map((flow) => claims(flow, 3)));
    all.forEach((each) => each.produce(1));
    await total(27);
    assert.deepEqual(sent().sort(), produced(all).sort());
    const { kvs } = flows[0]?.media.all[0] ?? assert.fail();
    const { name, member, leaseEpoch } = kvs['fleet'] as Record<string, unknown>;
    const joined = flows[0]?.events.all.find(({ payload }) => payload.event === 'joined');
    assert.deepEqual([name, member], [`fleet-${fleets}`, joined?.payload['member']]);
    assert(Number(leaseEpoch) >= 1);
    const errors = flows.flatMap((flow) => flow.errors.all);
    // Where a busy machine answers too late for so short a lease, that is said and tried again.
    assert.deepEqual(
      errors.filter(({ payload }) => payload['code'] !== 'ETIMEDOUT'),
      [],
    );
    await flows[0]?.unload();
    const left = await items();
    assert.deepEqual(
      left.map(({ item, owner, FragmentNumber }) => [item, owner, typeof FragmentNumber]),
      all.map(({ name: stream }) => [`stream#${stream}`, undefined, 'string']),
    );
  });

  it('hands all streams over when it is drained: nothing is lost, nothing is sent twice', async () => {
    const all = streams(4, 1);
    const [first, second] = await load(2, LONG_LEASE);
    assert(first !== undefined && second !== undefined);
    await total(4);
    await Promise.all(flows.map((flow) => claims(flow, 2)));
    first.input({ action: 'drain' });
    await claims(second, 4);
    all.forEach((each) => each.produce(2));
    await total(12);
    assert.deepEqual(sent().sort(), produced(all).sort());
    const handed = first.events.all.filter(({ payload }) => payload.event === 'handedOver');
    assert.equal(handed.length, 2);
    await first.statuses.first(({ text }) => text === 'drained');
  });

  it('reads on without the table while its lease lasts, pauses then, and continues when the table is back', async () => {
    const all = streams(2, 1);
    const [flow] = await load(1);
    assert(flow !== undefined);
    await total(2);
    proxy.isHole = true;
    const { payload } = await flow.errors.first(
      ({ payload: { ErrorType } }) => ErrorType === 'FleetTableError',
    );
    assert.equal(payload.action, 'retry');
    await flow.statuses.first(({ text, fill }) => text === 'FleetTableError' && fill === 'red');
    all.forEach((each) => each.produce(1));
    flow.input({ action: 'wake' });
    const before = sent().length;
    proxy.isHole = false;
    await total(4);
    assert.equal(before, 2, 'nothing is sent after the guard has closed');
    assert.deepEqual(sent().sort(), produced(all).sort());
    await flow.statuses.first(({ text, fill }) => fill === 'green' && text?.startsWith('2/2 ') === true);
  });

  it('says what is wrong with the table, and what to do', async () => {
    const [flow] = await load(1, { table: 'no-such-table' });
    assert(flow !== undefined);
    const { payload } = await flow.errors.first();
    assert.deepEqual([payload.ErrorType, payload['operation']], ['FleetTableMissing', 'UpdateItem']);
    assert.match(
      payload.message,
      /The DynamoDB table "no-such-table" does not exist .* Create it in the settings/,
    );
    await flow.statuses.first(({ text }) => text === 'FleetTableMissing');
    await createTable(client, 'no-such-table', signal);
    await flow.events.first(({ payload: { event } }) => event === 'joined');
  });

  it('names the rights that the table needs, and no secret', async () => {
    const denied = {
      __type: 'com.amazon.coral.service#AccessDeniedException',
      message: `not with ${SECRET}`,
    };
    proxy.treatments.push({ status: 400, body: JSON.stringify(denied) });
    const [flow] = await load(1);
    assert(flow !== undefined);
    const { payload } = await flow.errors.first();
    assert.equal(payload.ErrorType, 'FleetTableError');
    assert.match(
      payload.message,
      /Allow the actions dynamodb:Query, dynamodb:GetItem, dynamodb:UpdateItem, dynamodb:DeleteItem on the table "kvs-fleets"\./,
    );
    await flow.events.first(({ payload: { event } }) => event === 'joined');
  });
});
