/** The table of the demo, by which Node-REDs share a fleet: dynalite, in the memory of this process. */
import { AwsAccount } from '../src/aws';
import { createTable, TableClient } from '../src/dynamodb';
import { startTableServer, type TableServer } from '../testing/dynalite';

export const DEMO_TABLE = 'kvs-fleets';

/** @param key both halves of the access key that Node-REDs use */
export async function startDemoTable(key: string): Promise<TableServer> {
  // See `startNodeRed`.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const server = await startTableServer();
  const account = new AwsAccount({
    region: 'us-west-2',
    credentials: { kind: 'keys', accessKeyId: key, secretAccessKey: key },
  });
  const client = new TableClient(account, { endpoint: server.endpoint, withinMs: 10_000 });
  await createTable(client, DEMO_TABLE, new AbortController().signal);
  client.close();
  account.close();
  return server;
}
