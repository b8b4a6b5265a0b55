/** The settings of `kvs-get-media`: types, defaults and what makes a value wrong. */
import { definedOnly } from '../defined-only';
import type { Checked, SettingsProblem } from './problem';
import type { StartSelector, StartSelectorType } from './start-selector';
import { START_SELECTOR_TYPES, parseStartProperties } from './start-selector';
import type { StreamRef } from './stream';
import { parseStream, regionOf } from './stream';
import { parseUntilProperties, untilTypeProblem, untilValueProblem, type Until } from './until';
import { areTracksMalformed, parseTracks } from './tracks';
import { flag, isBlank, outsideLimits, problemsIn, text, versionProblem } from './values';

export const EMIT_KINDS = ['chunk', 'frame'] as const;
export type EmitKind = (typeof EMIT_KINDS)[number];

/** `kvs-get-media` as the flow file holds it. */
export interface GetMediaProperties {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly config?: unknown;
  readonly stream?: unknown;
  readonly startSelectorType?: unknown;
  readonly startValue?: unknown;
  readonly emit?: unknown;
  readonly tracks?: unknown;
  readonly autoStart?: unknown;
  readonly resume?: unknown;
  readonly checkpointStore?: unknown;
  readonly maxInFlight?: unknown;
  readonly keepTrying?: unknown;
  readonly stallTimeoutSeconds?: unknown;
  readonly ackTimeoutSeconds?: unknown;
  readonly maxChunkMB?: unknown;
  readonly silentSeconds?: unknown;
  readonly inheritTags?: unknown;
  readonly untilType?: unknown;
  readonly untilValue?: unknown;
}

/** `kvs-get-media`, checked. */
export interface GetMediaSettings {
  readonly stream: StreamRef;
  readonly startSelector: StartSelector;
  readonly emit: EmitKind;
  /** Track numbers, names or types to emit in frame mode; empty: all. */
  readonly tracks: readonly string[];
  readonly autoStart: boolean;
  readonly resume: boolean;
  /** Name of a context store; undefined: the default store. */
  readonly checkpointStore?: string;
  readonly maxInFlight: number;
  readonly keepTrying: boolean;
  readonly stallTimeoutMs: number;
  readonly ackTimeoutMs: number;
  readonly maxChunkBytes: number;
  /** Report a stream that has had no media for so long; 0: never. */
  readonly silentMs: number;
  /** Complete the tags of fragments from those before. */
  readonly inheritTags: boolean;
  /** Where reading ends; absent: never. */
  readonly until?: Until;
}

/** The version of `kvs-get-media`'s settings that this code writes. */
export const GET_MEDIA_VERSION = 1;

export const GET_MEDIA_DEFAULTS = {
  version: GET_MEDIA_VERSION,
  startSelectorType: 'NOW',
  startValue: '',
  emit: 'chunk',
  tracks: '',
  autoStart: true,
  resume: true,
  checkpointStore: '',
  maxInFlight: 0,
  keepTrying: true,
  stallTimeoutSeconds: 20,
  ackTimeoutSeconds: 60,
  maxChunkMB: 64,
  silentSeconds: 0,
  inheritTags: false,
  untilType: '',
  untilValue: '',
} as const;

/** Bounds of the numeric properties, both inclusive. */
export const LIMITS = {
  maxInFlight: { min: 0, max: 10_000, integer: true },
  stallTimeoutSeconds: { min: 1, max: 86_400, integer: false },
  ackTimeoutSeconds: { min: 1, max: 86_400, integer: false },
  maxChunkMB: { min: 1, max: 1024, integer: false },
  silentSeconds: { min: 0, max: 604_800, integer: false },
} as const;

export type NumericProperty = keyof typeof LIMITS;

/** `region` is the account's, where it is known: a stream ARN of another region can never be found there. */
export function streamProblem(value: unknown, region?: string): SettingsProblem | undefined {
  if (isBlank(value)) {
    return { property: 'stream', key: 'missing' };
  }
  const stream = typeof value === 'string' ? parseStream(value.trim()) : undefined;
  if (stream === undefined) {
    return { property: 'stream', key: 'malformedStream' };
  }
  const named = regionOf(stream);
  return region !== undefined && named !== undefined && named !== region
    ? { property: 'stream', key: 'otherRegion' }
    : undefined;
}

export function startSelectorTypeProblem(value: unknown): SettingsProblem | undefined {
  return START_SELECTOR_TYPES.some((type) => type === value)
    ? undefined
    : { property: 'startSelectorType', key: 'unknownStartSelector' };
}

const START_VALUE_KEYS: Partial<Record<StartSelectorType, SettingsProblem['key']>> = {
  FRAGMENT_NUMBER: 'malformedFragmentNumber',
  SERVER_TIMESTAMP: 'malformedTimestamp',
  PRODUCER_TIMESTAMP: 'malformedTimestamp',
  CONTINUATION_TOKEN: 'malformedToken',
};

export function startValueProblem(value: unknown, type: unknown): SettingsProblem | undefined {
  const known = START_SELECTOR_TYPES.find((name) => name === type);
  const key = known && START_VALUE_KEYS[known];
  if (key === undefined || 'selector' in parseStartProperties(known, value)) {
    return undefined;
  }
  return { property: 'startValue', key: isBlank(value) ? 'missing' : key };
}

export function emitProblem(value: unknown): SettingsProblem | undefined {
  return EMIT_KINDS.some((kind) => kind === value) ? undefined : { property: 'emit', key: 'unknownEmit' };
}

export function tracksProblem(value: unknown): SettingsProblem | undefined {
  return areTracksMalformed(value) ? { property: 'tracks', key: 'malformedTracks' } : undefined;
}

export function numberProblem(property: NumericProperty, value: unknown): SettingsProblem | undefined {
  return outsideLimits(property, value, LIMITS[property]);
}

/**
 * Checks a `kvs-get-media`. Properties that a flow leaves out (an older or hand-written one) take their defaults.
 *
 * @param region the account's region, where it is known
 */
export function checkGetMedia(properties: GetMediaProperties, region?: string): Checked<GetMediaSettings> {
  const given: GetMediaProperties = { ...GET_MEDIA_DEFAULTS, ...definedOnly(properties) };
  const numeric = Object.keys(LIMITS) as NumericProperty[];
  const problems = problemsIn([
    versionProblem(given.version, GET_MEDIA_VERSION),
    streamProblem(given.stream, region),
    startSelectorTypeProblem(given.startSelectorType),
    startValueProblem(given.startValue, given.startSelectorType),
    emitProblem(given.emit),
    tracksProblem(given.tracks),
    untilTypeProblem(given.untilType),
    untilValueProblem(given.untilValue, given.untilType),
    ...numeric.map((property) => numberProblem(property, given[property])),
  ]);
  const stream = parseStream(text(given.stream));
  const start = parseStartProperties(given.startSelectorType, given.startValue);
  if (problems.length > 0 || stream === undefined || 'problem' in start) {
    return { problems };
  }
  return {
    settings: {
      stream,
      startSelector: start.selector,
      emit: EMIT_KINDS.find((kind) => kind === given.emit) ?? 'chunk',
      tracks: parseTracks(given.tracks),
      autoStart: flag(given.autoStart),
      resume: flag(given.resume),
      ...definedOnly({ checkpointStore: text(given.checkpointStore) || undefined }),
      maxInFlight: Number(given.maxInFlight),
      keepTrying: flag(given.keepTrying),
      stallTimeoutMs: Number(given.stallTimeoutSeconds) * 1000,
      ackTimeoutMs: Number(given.ackTimeoutSeconds) * 1000,
      maxChunkBytes: Math.floor(Number(given.maxChunkMB) * 1024 * 1024),
      silentMs: Number(given.silentSeconds) * 1000,
      inheritTags: flag(given.inheritTags),
      ...definedOnly({ until: parseUntilProperties(given.untilType, given.untilValue) }),
    },
  };
}
