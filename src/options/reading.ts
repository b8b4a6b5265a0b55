/** The settings of a node that reads streams, whichever they are: types, defaults and what makes a value wrong. */
import { definedOnly } from '../defined-only';
import type { SettingsProblem } from './problem';
import type { StartSelector, StartSelectorType } from './start-selector';
import { START_SELECTOR_TYPES, parseStartProperties } from './start-selector';
import { areTracksMalformed, parseTracks } from './tracks';
import { flag, isBlank, outsideLimits, problemsIn, text } from './setting-values';

export const EMIT_KINDS = ['chunk', 'frame'] as const;
export type EmitKind = (typeof EMIT_KINDS)[number];

/** How streams are read, as the flow file holds it. */
export interface ReadingProperties {
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
}

/** How streams are read, checked. */
export interface ReadingSettings {
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
}

export const READING_DEFAULTS = {
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

/** What is wrong with how streams are to be read. Every property is given. */
export function readingProblems(given: ReadingProperties): SettingsProblem[] {
  const numeric = Object.keys(LIMITS) as NumericProperty[];
  return problemsIn([
    startSelectorTypeProblem(given.startSelectorType),
    startValueProblem(given.startValue, given.startSelectorType),
    emitProblem(given.emit),
    tracksProblem(given.tracks),
    ...numeric.map((property) => numberProblem(property, given[property])),
  ]);
}

/** The settings that properties make; undefined where `readingProblems` finds something. Every property is given. */
export function readingSettings(given: ReadingProperties): ReadingSettings | undefined {
  const start = parseStartProperties(given.startSelectorType, given.startValue);
  if ('problem' in start || readingProblems(given).length > 0) {
    return undefined;
  }
  return {
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
  };
}
