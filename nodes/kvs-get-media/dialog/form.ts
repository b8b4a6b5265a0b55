/** What the dialog of kvs-get-media shows and opens, as functions of its values. */
import { GET_MEDIA_DEFAULTS, LIMITS, numberProblem } from '../../../src/options';
import type { NumericProperty } from '../../../src/options';
import { isEnvironmentVariable } from '../../shared/dialog/field-values';
import { startValueKind, type StartValueKind } from '../../shared/dialog/start-value';

export type GetMediaProperty = keyof typeof GET_MEDIA_DEFAULTS;

/** The properties of the collapsed part of the dialog. */
export const ADVANCED_PROPERTIES = [
  'checkpointStore',
  'maxInFlight',
  'ackTimeoutSeconds',
  'keepTrying',
  'stallTimeoutSeconds',
  'maxChunkMB',
  'silentSeconds',
  'inheritTags',
  'untilType',
] as const satisfies readonly GetMediaProperty[];

export const NUMERIC_PROPERTIES = Object.keys(LIMITS) as NumericProperty[];

/** A property of a node as the run time takes it: one that a flow leaves out has its default. */
export function valueOrDefault(property: GetMediaProperty, value: unknown): unknown {
  return value ?? GET_MEDIA_DEFAULTS[property];
}

/** What the bound is, where there is an example of it. */
export function untilValueKind(untilType: unknown): StartValueKind | undefined {
  return untilType === 'at' ? 'time' : untilType === 'FragmentNumber' ? 'fragmentNumber' : undefined;
}

export interface ShownFields {
  readonly startValue: boolean;
  readonly untilValue: boolean;
  readonly tracks: boolean;
  readonly checkpointStore: boolean;
  /** The hint that a restart of Node-RED loses the place. */
  readonly memoryStore: boolean;
  readonly ackTimeoutSeconds: boolean;
}

/**
 * Which of the dependent fields of `kvs-get-media` mean something with the values around them. A field whose value
 * the run time would refuse is shown in any case, or the user could not correct it.
 *
 * @param isInMemory whether the context store of this name is; the empty name is the default store's
 */
export function shownGetMediaFields(
  value: (property: GetMediaProperty) => unknown,
  isInMemory: (store: string) => boolean = () => false,
): ShownFields {
  const maxInFlight = value('maxInFlight');
  const named = value('checkpointStore');
  const store = typeof named === 'string' ? named.trim() : '';
  return {
    startValue: startValueKind(value('startSelectorType')) !== undefined,
    untilValue: value('untilType') !== undefined && value('untilType') !== '',
    tracks: value('emit') === 'frame',
    checkpointStore: value('resume') === true,
    memoryStore: value('resume') === true && !isEnvironmentVariable(store) && isInMemory(store),
    ackTimeoutSeconds:
      isEnvironmentVariable(maxInFlight) ||
      Number(maxInFlight) > 0 ||
      (!isEnvironmentVariable(value('ackTimeoutSeconds')) &&
        numberProblem('ackTimeoutSeconds', value('ackTimeoutSeconds')) !== undefined),
  };
}

/** Whether the collapsed part holds anything but defaults, so that a user should see it at once. */
export function usesAdvanced(value: (property: GetMediaProperty) => unknown): boolean {
  return ADVANCED_PROPERTIES.some(
    (property) => String(valueOrDefault(property, value(property))) !== String(GET_MEDIA_DEFAULTS[property]),
  );
}
