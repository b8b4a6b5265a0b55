/** The settings of `kvs-fleet` that share its streams among several Node-REDs: types, defaults and what makes a value wrong. */
import { endpointProblem } from './config';
import type { SettingsProblem } from './problem';
import { isBlank, optionalText, outsideLimits, problemsIn, text } from './setting-values';

/** What decides who reads which stream: this process alone, or a table that all members write. */
export const COORDINATIONS = ['none', 'dynamodb'] as const;
export type Coordination = (typeof COORDINATIONS)[number];

/** The properties as the flow file holds them. */
export interface SharingProperties {
  readonly coordination?: unknown;
  readonly table?: unknown;
  readonly tableEndpoint?: unknown;
  readonly fleet?: unknown;
  readonly leaseSeconds?: unknown;
  readonly checkpointSeconds?: unknown;
}

/** How a fleet is shared, checked. */
export interface Sharing {
  /** Name or ARN of the DynamoDB table. */
  readonly table: string;
  /** Instead of the region's. */
  readonly endpoint?: string;
  /** Name of the fleet within the table. */
  readonly fleet: string;
  /** A member that is silent for so long has lost its streams, ms. */
  readonly leaseMs: number;
  /** Between two checkpoints of a stream, ms; 0: each is written. */
  readonly checkpointMs: number;
}

export const SHARING_DEFAULTS = {
  coordination: 'none',
  table: 'kvs-fleets',
  tableEndpoint: '',
  fleet: 'default',
  leaseSeconds: 15,
  checkpointSeconds: 10,
} as const;

/** Bounds of the numeric properties, both inclusive. */
export const SHARING_LIMITS = {
  leaseSeconds: { min: 3, max: 300, integer: false },
  checkpointSeconds: { min: 0, max: 3_600, integer: false },
} as const;

export type SharingNumber = keyof typeof SHARING_LIMITS;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = '[a-zA-Z0-9_.-]{3,255}';
const TABLE = new RegExp(`^(${TABLE_NAME}|arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\\d{12}:table/${TABLE_NAME})$`);

export function coordinationProblem(value: unknown): SettingsProblem | undefined {
  return COORDINATIONS.some((known) => known === value)
    ? undefined
    : { property: 'coordination', key: 'unknownChoice' };
}

/** @param coordination without a table, the value is not looked at; the same holds for those below */
export function tableProblem(value: unknown, coordination: unknown): SettingsProblem | undefined {
  if (coordination !== 'dynamodb') {
    return undefined;
  }
  return isBlank(value)
    ? { property: 'table', key: 'missing' }
    : TABLE.test(text(value))
      ? undefined
      : { property: 'table', key: 'malformedTable' };
}

export function tableEndpointProblem(value: unknown, coordination: unknown): SettingsProblem | undefined {
  const problem = coordination === 'dynamodb' ? endpointProblem(value) : undefined;
  return problem && { ...problem, property: 'tableEndpoint' };
}

export function fleetProblem(value: unknown, coordination: unknown): SettingsProblem | undefined {
  if (coordination !== 'dynamodb') {
    return undefined;
  }
  return isBlank(value)
    ? { property: 'fleet', key: 'missing' }
    : /^[a-zA-Z0-9_.:/-]{1,128}$/.test(text(value))
      ? undefined
      : { property: 'fleet', key: 'malformedFleet' };
}

export function sharingNumberProblem(
  property: SharingNumber,
  value: unknown,
  coordination: unknown,
): SettingsProblem | undefined {
  return coordination === 'dynamodb' ? outsideLimits(property, value, SHARING_LIMITS[property]) : undefined;
}

/** @param given with defaults where a flow leaves properties out */
export function sharingProblems(given: SharingProperties): SettingsProblem[] {
  const { coordination, table, tableEndpoint, fleet } = given;
  const numbers = Object.keys(SHARING_LIMITS) as SharingNumber[];
  return problemsIn([
    coordinationProblem(coordination),
    tableProblem(table, coordination),
    tableEndpointProblem(tableEndpoint, coordination),
    fleetProblem(fleet, coordination),
    ...numbers.map((property) => sharingNumberProblem(property, given[property], coordination)),
  ]);
}

/** Reads checked properties; undefined where the fleet is not shared. */
export function sharingOf(given: SharingProperties): Sharing | undefined {
  const endpoint = optionalText(given.tableEndpoint)?.replace(/\/+$/, '');
  return given.coordination === 'dynamodb'
    ? {
        table: text(given.table),
        ...(endpoint === undefined ? {} : { endpoint }),
        fleet: text(given.fleet),
        leaseMs: Number(given.leaseSeconds) * 1_000,
        checkpointMs: Number(given.checkpointSeconds) * 1_000,
      }
    : undefined;
}
