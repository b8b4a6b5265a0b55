/** Makes the errors of a shared fleet: those of its table, and those of what its members do to each other. */
import { callFailure, errorRow, report, type ErrorReport } from '../../src/session';
import type { FleetReports } from '../../src/fleet';
import type { StreamRef } from '../../src/options';
import type { Statement } from '../../src/statement';
import { localError } from '../shared/local-error';
import { nodeStatement } from '../shared/node-statements';

/** All that a member does to the table, for whoever allows it. */
const TABLE_ACTIONS = ['Query', 'GetItem', 'UpdateItem', 'DeleteItem'].map((name) => `dynamodb:${name}`);

/** @param table as the settings name it */
export function fleetReports(table: string): FleetReports {
  return {
    tableFailed: (error, retryInMs, attempt) => tableError(table, error, retryInMs, attempt),
    leaseLost: ({ StreamName }: StreamRef) =>
      localError('LeaseLost', 'Fleet', [nodeStatement('fleet.leaseLost', { StreamName })]),
    itemMalformed: ({ StreamName }: StreamRef) =>
      localError('FleetItemMalformed', 'Fleet', [
        nodeStatement('fleet.itemMalformed', { table, StreamName }),
      ]),
    full: (streams) => localError('FleetFull', 'Fleet', [nodeStatement('fleet.noPlace', { streams })]),
  };
}

function tableError(table: string, error: unknown, retryInMs: number, attempt: number): ErrorReport {
  const failure = callFailure('', error);
  const advice = tableAdvice(failure.ErrorType, table);
  const row = errorRow(failure);
  const known = report(
    failure,
    advice === undefined ? row : { class: row.class },
    { action: 'retry', retryInMs },
    attempt,
  );
  return {
    ...known,
    ErrorType: failure.ErrorType === 'ResourceNotFoundException' ? 'FleetTableMissing' : 'FleetTableError',
    statements: [...known.statements, ...(advice === undefined ? [] : [advice])],
    needsPerson: row.class === 'refused' || row.class === 'configuration',
  };
}

/** Whether the error is that of a call to the table by which a fleet is shared. */
export function isTableError(ErrorType: string): boolean {
  return ErrorType === 'FleetTableError' || ErrorType === 'FleetTableMissing';
}

/** What a person can do about a call to the table; undefined where what is true of all calls is true of this one. */
export function tableAdvice(
  ErrorType: string,
  table: string,
  actions: readonly string[] = TABLE_ACTIONS,
): Statement | undefined {
  switch (ErrorType) {
    case 'ResourceNotFoundException':
      return nodeStatement('fleet.tableMissing', { table });
    case 'AccessDeniedException':
      return nodeStatement('fleet.tableRights', { table, actions: actions.join(', ') });
    case 'ValidationException':
      return nodeStatement('fleet.tableKeys', { table });
    case 'ProvisionedThroughputExceededException':
    case 'RequestLimitExceeded':
    case 'ThrottlingException':
      return nodeStatement('fleet.tableThrottled', { table });
    default:
      return undefined;
  }
}
