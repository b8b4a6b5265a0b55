import { strict as assert } from 'node:assert';
import { AwsAccount, KinesisVideoError } from '../../src/aws';
import { createTable, DynamoStore, removeOldMembers, TableClient, tableState } from '../../src/dynamodb';
import { ConditionFailed, type Change } from '../../src/fleet';
import { MemoryFleetTable } from '../../testing/memory-fleet-store';
import { startTableServer, type TableServer } from '../../testing/dynalite';
import { TableProxy } from '../../testing/table-proxy';

const TABLE = 'kvs-fleets';
const SECRET = 'a-secret-that-nobody-may-see-0123456789';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const signal = new AbortController().signal;

function accountWith(): AwsAccount {
  return new AwsAccount({ region: 'eu-west-1', credentials: { kind: 'keys', ...KEYS } });
}

describe('a fleet in DynamoDB', function () {
  this.timeout(60_000);
  let server: TableServer;
  let proxy: TableProxy;
  let account: AwsAccount;
  let client: TableClient;
  let fleets = 0;

  before(async () => {
    server = await startTableServer();
    proxy = new TableProxy(server.endpoint);
    const endpoint = await proxy.listening;
    account = accountWith();
    client = new TableClient(account, { endpoint, withinMs: 30_000 });
    await createTable(client, TABLE, signal);
    while ((await tableState(client, TABLE, signal)) !== 'ready') {
      // It is made in a moment.
    }
  });

  after(() => {
    account.close();
    proxy.close();
    server.close();
  });

  beforeEach(() => {
    fleets += 1;
    proxy.treatments.length = 0;
  });

  const storeOf = (fleet = `fleet ${fleets}`): DynamoStore => new DynamoStore(client, TABLE, fleet);

  it('writes and refuses as the store in memory does, change by change', async () => {
    const changes: Change[] = [
      { set: { beat: 0, state: 'active' }, condition: { absent: ['item'] } },
      { set: { beat: 1 }, condition: { absent: ['item'] } },
      { set: { beat: 1, owner: 'a' }, condition: { equal: { beat: 0, state: 'active' } } },
      { set: { beat: 2 }, condition: { equal: { beat: 0 } } },
      { set: { wanted: 'b' }, condition: { equal: { owner: 'a' }, absent: ['wanted'] } },
      { set: { wanted: 'c' }, condition: { equal: { owner: 'a' }, absent: ['wanted'] } },
      {
        set: { owner: 'b', leaseEpoch: 7 },
        remove: ['wanted', 'never'],
        condition: { equal: { wanted: 'b' } },
      },
      { remove: ['owner'], condition: { equal: { owner: 'b', leaseEpoch: 7 }, absent: ['wanted'] } },
      { set: { FragmentNumber: '9'.repeat(47) }, condition: {} },
    ];
    const memory = new MemoryFleetTable();
    const store = storeOf();
    for (const change of changes) {
      const outcome = async (write: () => unknown): Promise<unknown> => {
        try {
          const item = { ...((await write()) as Record<string, unknown>) };
          delete item['fleet'];
          return item;
        } catch (error) {
          return error instanceof ConditionFailed ? 'refused' : error;
        }
      };
      const expected = await outcome(() => memory.update('member#1', change));
      assert.deepEqual(
        await outcome(() => store.update('member#1', change)),
        expected,
        JSON.stringify(change),
      );
    }
    await assert.rejects(store.delete('member#1', { equal: { beat: 99 } }), ConditionFailed);
    await store.delete('member#1', { equal: { beat: 1 } });
    assert.equal(await store.get('member#1'), undefined);
  });

  it('lists all items with a prefix, page by page, and no item of another fleet', async () => {
    const store = new DynamoStore(client, TABLE, `fleet ${fleets}`, 5);
    const names = Array.from({ length: 12 }, (_, index) => `stream#${String(index).padStart(3, '0')}`);
    await Promise.all(names.map((name) => store.update(name, { set: { leaseEpoch: 0 }, condition: {} })));
    await store.update('member#1', { set: { beat: 0 }, condition: {} });
    await storeOf('another fleet').update('stream#999', { set: { beat: 0 }, condition: {} });
    proxy.operations.length = 0;
    assert.deepEqual(
      (await store.list('stream#')).map(({ item }) => item),
      names,
    );
    assert.equal(proxy.operations.length, 3);
  });

  it('shows that an attribute is there where it is of a type that members never write', async () => {
    const { DynamoDBClient, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const sdk = new DynamoDBClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials: KEYS });
    const Item = { fleet: { S: `fleet ${fleets}` }, item: { S: 'stream#1' }, wanted: { NULL: true } };
    await sdk.send(new PutItemCommand({ TableName: TABLE, Item }));
    sdk.destroy();
    assert.deepEqual(await storeOf().get('stream#1'), {
      fleet: `fleet ${fleets}`,
      item: 'stream#1',
      wanted: null,
    });
    await assert.rejects(
      storeOf().update('stream#1', { set: { wanted: 'a' }, condition: { absent: ['wanted'] } }),
      ConditionFailed,
    );
  });

  it('says no more than that it failed where an answer is lost: the write may have taken place', async () => {
    const store = storeOf();
    proxy.treatments.push('lose');
    await assert.rejects(
      store.update('member#1', { set: { beat: 0 }, condition: { absent: ['item'] } }),
      (error: unknown) => error instanceof KinesisVideoError && error.ErrorType === 'NetworkError',
    );
    assert.equal((await store.get('member#1'))?.['beat'], 0);
  });

  it('names what the table says: throttled, not allowed, not there', async () => {
    const store = storeOf();
    const refusals = [
      ['ProvisionedThroughputExceededException', 400],
      ['ThrottlingException', 400],
      ['AccessDeniedException', 400],
      ['InternalServerError', 500],
    ] as const;
    for (const [ErrorType, status] of refusals) {
      const body = JSON.stringify({
        __type: `com.amazonaws.dynamodb.v20120810#${ErrorType}`,
        message: `refused with ${SECRET}`,
      });
      proxy.treatments.push({ status, body });
      proxy.operations.length = 0;
      await assert.rejects(store.get('member#1'), (error: unknown) => {
        assert(error instanceof KinesisVideoError);
        assert.deepEqual(
          [error.ErrorType, error.operation, error.statusCode, error.RequestId],
          [ErrorType, 'GetItem', status, 'request-1'],
        );
        assert(!JSON.stringify([error, error.message, error.stack, error.statements]).includes(SECRET));
        return true;
      });
      assert.deepEqual(proxy.operations, ['GetItem'], 'nothing is tried twice');
    }
    const missing = new DynamoStore(client, 'no-such-table', 'default');
    await assert.rejects(missing.list('member#'), {
      ErrorType: 'ResourceNotFoundException',
      operation: 'Query',
    });
  });

  it('corrects its clock and renews credentials, and then calls once more', async () => {
    const answered = (ErrorType: string, date: Date) => ({
      status: 400,
      body: JSON.stringify({ __type: `com.amazon.coral.service#${ErrorType}` }),
      headers: { date: date.toUTCString() },
    });
    const store = storeOf();
    await store.update('member#1', { set: { beat: 0 }, condition: {} });
    const hourAhead = new Date(Date.now() + 3_600_000);
    for (const treatment of [
      answered('InvalidSignatureException', hourAhead),
      answered('ExpiredTokenException', new Date()),
    ]) {
      proxy.operations.length = 0;
      proxy.treatments.push(treatment);
      assert.equal((await store.get('member#1'))?.['beat'], 0);
      assert.deepEqual(proxy.operations, ['GetItem', 'GetItem']);
    }
    assert(account.clockOffsetMs > 3_500_000, String(account.clockOffsetMs));
    account.correctClock(Date.now());
  });

  it('gives a call up after its time', async () => {
    const hasty = new TableClient(account, { endpoint: await proxy.listening, withinMs: 100 });
    proxy.treatments.push('hold');
    await assert.rejects(new DynamoStore(hasty, TABLE, 'hasty').get('member#1'), {
      ErrorType: 'NetworkError',
      networkCode: 'ETIMEDOUT',
      operation: 'GetItem',
    });
  });

  it('signs for DynamoDB by the corrected clock', async () => {
    account.correctClock(Date.now() + 3_600_000);
    try {
      assert.equal(await storeOf().get('member#1'), undefined);
    } finally {
      account.correctClock(Date.now());
    }
  });

  it('tells a table that is missing from one with other keys', async () => {
    assert.equal(await tableState(client, TABLE, signal), 'ready');
    assert.equal(await tableState(client, 'no-such-table', signal), 'missing');
    const { CreateTableCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    const sdk = new DynamoDBClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials: KEYS });
    await sdk.send(
      new CreateTableCommand({
        TableName: 'other-keys',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    sdk.destroy();
    assert.equal(await tableState(client, 'other-keys', signal), 'otherKeys');
  });

  it('does without the removal of old items where the table knows none', async () => {
    await removeOldMembers(client, TABLE, signal);
  });
});
