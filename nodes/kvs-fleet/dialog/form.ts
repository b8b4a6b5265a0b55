/** What the dialog of kvs-fleet shows and opens, as functions of its values. */
import {
  FLEET_DEFAULTS,
  FLEET_LIMITS,
  LIMITS,
  SHARING_LIMITS,
  numberProblem,
  type FleetNumber,
  type NumericProperty,
  type SharingNumber,
} from '../../../src/options';
import { isEnvironmentVariable } from '../../shared/dialog/field-values';
import { startValueKind } from '../../shared/dialog/start-value';

export type FleetProperty = keyof typeof FLEET_DEFAULTS;

/** The properties of the collapsed part of the dialog. */
export const ADVANCED_PROPERTIES = [
  'discoverSeconds',
  'maxStreams',
  'tableEndpoint',
  'leaseSeconds',
  'checkpointSeconds',
  'checkpointStore',
  'maxInFlight',
  'ackTimeoutSeconds',
  'stallTimeoutSeconds',
  'silentSeconds',
  'maxChunkMB',
  'inheritTags',
  'keepTrying',
] as const satisfies readonly FleetProperty[];

export const FLEET_NUMBERS = Object.keys(FLEET_LIMITS) as FleetNumber[];
const SHARING_NUMBERS = Object.keys(SHARING_LIMITS) as SharingNumber[];
export const NUMERIC_PROPERTIES = [
  ...FLEET_NUMBERS,
  ...SHARING_NUMBERS,
  ...(Object.keys(LIMITS) as NumericProperty[]),
];

/** A property of a node as the run time takes it: one that a flow leaves out has its default. */
export function valueOrDefault(property: FleetProperty, value: unknown): unknown {
  return value ?? FLEET_DEFAULTS[property];
}

/** What the streams are said by, where they are: it decides on label and example of the field. */
export function streamsKind(selectBy: unknown): 'prefix' | 'tags' | 'list' | undefined {
  return (['prefix', 'tags', 'list'] as const).find((way) => way === selectBy);
}

export interface ShownFields {
  readonly streams: boolean;
  readonly exclude: boolean;
  readonly matches: boolean;
  readonly startValue: boolean;
  readonly tracks: boolean;
  readonly discoverSeconds: boolean;
  readonly checkpointStore: boolean;
  /** The hint that a restart of Node-RED loses the places. */
  readonly memoryStore: boolean;
  readonly ackTimeoutSeconds: boolean;
  readonly table: boolean;
  readonly tableTest: boolean;
  readonly fleet: boolean;
  readonly tableEndpoint: boolean;
  readonly leaseSeconds: boolean;
  readonly checkpointSeconds: boolean;
}

/**
 * Which of the dependent fields mean something with the values around them. A field whose value the run time would
 * refuse is shown in any case, or the user could not correct it.
 *
 * @param isInMemory whether the context store of this name is; the empty name is the default store's
 */
export function shownFleetFields(
  value: (property: FleetProperty) => unknown,
  isInMemory: (store: string) => boolean = () => false,
): ShownFields {
  const [maxInFlight, ackTimeout] = [value('maxInFlight'), value('ackTimeoutSeconds')];
  const named = value('checkpointStore');
  const store = typeof named === 'string' ? named.trim() : '';
  const selects = streamsKind(value('selectBy')) !== undefined;
  const isShared = value('coordination') !== 'none';
  const keepsHere = value('resume') === true && !isShared;
  return {
    streams: selects,
    exclude: selects,
    matches: selects,
    startValue: startValueKind(value('startSelectorType')) !== undefined,
    tracks: value('emit') === 'frame',
    discoverSeconds: selects && value('selectBy') !== 'list',
    checkpointStore: keepsHere,
    memoryStore: keepsHere && !isEnvironmentVariable(store) && isInMemory(store),
    ackTimeoutSeconds:
      isEnvironmentVariable(maxInFlight) ||
      Number(maxInFlight) > 0 ||
      (!isEnvironmentVariable(ackTimeout) && numberProblem('ackTimeoutSeconds', ackTimeout) !== undefined),
    table: isShared,
    tableTest: isShared,
    fleet: isShared,
    tableEndpoint: isShared,
    leaseSeconds: isShared,
    checkpointSeconds: isShared,
  };
}

/** Whether the collapsed part holds anything but defaults, so that a user should see it at once. */
export function usesAdvanced(value: (property: FleetProperty) => unknown): boolean {
  return ADVANCED_PROPERTIES.some(
    (property) => String(valueOrDefault(property, value(property))) !== String(FLEET_DEFAULTS[property]),
  );
}
