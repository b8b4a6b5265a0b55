/**
 * Keeps a fleet's items in Amazon DynamoDB, by the account's credentials, network and clock. Loads the SDK's client with
 * the first call, and never retries: the fleet does.
 *
 * - `table-client.ts` makes the calls
 * - `dynamo-store.ts` is the store, `expressions.ts` puts conditions into DynamoDB's terms
 * - `create-table.ts` makes the table
 */
export { createTable, removeOldMembers, tableState, type TableState } from './create-table';
export { DynamoStore } from './dynamo-store';
export { TableClient } from './table-client';
