/** Makes the errors of a shared fleet: those of its table, and those of what its members do to each other. */
import { callFailure, errorRow, report, type ErrorClass, type ErrorReport } from '../../src/session';
import type { FleetReports } from '../../src/fleet';
import type { StreamRef } from '../../src/options';
import type { Statement } from '../../src/statement';
import { localError } from '../shared/local-error';
import { nodeStatement } from '../shared/node-statements';

/** All that a member does to the table, for whoever allows it. */
const TABLE_ACTIONS = ['Query', 'GetItem', 'UpdateItem', 'DeleteItem'].map((name) => `dynamodb:${name}`);

interface TableRow {
  readonly class: ErrorClass;
  readonly advice?: 'tableMissing' | 'tableRights' | 'tableKeys' | 'tableThrottled';
}

/**
 * Errors that mean something else, or are known, only where DynamoDB answers.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export const TABLE_ERRORS: Readonly<Record<string, TableRow>> = {
  ProvisionedThroughputExceededException: { class: 'throttled', advice: 'tableThrottled' },
  RequestLimitExceeded: { class: 'throttled', advice: 'tableThrottled' },
  ThrottlingException: { class: 'throttled', advice: 'tableThrottled' },
  ReplicatedWriteConflictException: { class: 'transient' },
  TransactionConflictException: { class: 'transient' },
  AccessDeniedException: { class: 'refused', advice: 'tableRights' },
  ResourceNotFoundException: { class: 'refused', advice: 'tableMissing' },
  ValidationException: { class: 'configuration', advice: 'tableKeys' },
};

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
  const own = tableRow(failure.ErrorType);
  const row = own === undefined ? errorRow(failure) : { class: own.class };
  const known = report(failure, row, { action: 'retry', retryInMs }, attempt);
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
  switch (tableRow(ErrorType)?.advice) {
    case 'tableMissing':
      return nodeStatement('fleet.tableMissing', { table });
    case 'tableRights':
      return nodeStatement('fleet.tableRights', { table, actions: actions.join(', ') });
    case 'tableKeys':
      return nodeStatement('fleet.tableKeys', { table });
    case 'tableThrottled':
      return nodeStatement('fleet.tableThrottled', { table });
    case undefined:
      return undefined;
  }
}

function tableRow(ErrorType: string): TableRow | undefined {
  return Object.hasOwn(TABLE_ERRORS, ErrorType) ? TABLE_ERRORS[ErrorType] : undefined;
}
