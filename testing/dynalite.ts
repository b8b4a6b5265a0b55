/** A server that stands for DynamoDB, on loopback, with its own memory. */
import { once } from 'node:events';
import { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

/** dynalite has no types of its own. */
const dynalite = createRequire(__filename)('dynalite') as (options: {
  readonly createTableMs?: number;
}) => Server;

export interface TableServer {
  readonly endpoint: string;
  close(): void;
}

export async function startTableServer(): Promise<TableServer> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () => {
      // Not dynalite's own, which closes the database under requests that are still being answered.
      Server.prototype.close.call(server);
      server.closeAllConnections();
    },
  };
}
