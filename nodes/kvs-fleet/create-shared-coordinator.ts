/** Creates the coordinator of a fleet that several Node-REDs share by a DynamoDB table. */
import type { AwsAccount } from '../../src/aws';
import type { Clock } from '../../src/clock';
import { DynamoStore, TableClient } from '../../src/dynamodb';
import { SharedCoordinator } from '../../src/fleet';
import type { Sharing } from '../../src/options';
import { hostname } from 'node:os';
import { machineMoment } from './machine-moment';
import { newMemberId } from './member-id';
import { fleetReports } from './sharing-errors';

/** Of a lease, for one call to the table: short, so that it can be repeated before the guard closes. */
const CALL_SHARE = 1 / 5;
const SHORTEST_CALL_MS = 1_500;

/** @param maxStreams that this member reads at most */
export function createSharedCoordinator(
  sharing: Sharing,
  maxStreams: number,
  account: AwsAccount,
  clock: Clock,
): SharedCoordinator {
  const { table, endpoint, fleet, leaseMs, checkpointMs } = sharing;
  const withinMs = Math.max(SHORTEST_CALL_MS, leaseMs * CALL_SHARE);
  return new SharedCoordinator(
    { leaseMs, checkpointMs, maxStreams, host: hostname(), newId: newMemberId },
    {
      store: new DynamoStore(new TableClient(account, { endpoint, withinMs }), table, fleet),
      ...{ clock, moment: machineMoment, reports: fleetReports(table) },
    },
  );
}
