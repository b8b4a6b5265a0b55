/** The settings of `kvs-fleet`: types, defaults and what makes a value wrong. */
import { definedOnly } from '../defined-only';
import { patternsOf } from './name-patterns';
import type { Checked, SettingsProblem } from './problem';
import {
  READING_DEFAULTS,
  readingProblems,
  readingSettings,
  type ReadingProperties,
  type ReadingSettings,
} from './reading';
import {
  SHARING_DEFAULTS,
  sharingOf,
  sharingProblems,
  type Sharing,
  type SharingProperties,
} from './sharing';
import { parseStream, regionOf, type StreamRef } from './stream';
import { isBlank, outsideLimits, problemsIn, text, versionProblem } from './setting-values';

/** The ways to say which streams are meant. */
export const SELECT_BY = ['prefix', 'tags', 'list', 'message'] as const;
export type SelectBy = (typeof SELECT_BY)[number];

/** A tag that a stream must have. An empty value is a value. */
export interface TagFilter {
  readonly key: string;
  readonly value: string;
}

/** Which streams a fleet reads. */
export type StreamSelection = (
  | { readonly by: 'prefix'; readonly prefix: string }
  /** All must match. */
  | { readonly by: 'tags'; readonly tags: readonly TagFilter[] }
  | { readonly by: 'list'; readonly streams: readonly StreamRef[] }
  /** Only those that messages start. */
  | { readonly by: 'message' }
) & {
  /** Patterns of names that are left out, with `*` for any text. */
  readonly exclude: readonly string[];
};

/** `kvs-fleet` as the flow file holds it. */
export interface FleetProperties extends ReadingProperties, SharingProperties {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly config?: unknown;
  readonly selectBy?: unknown;
  readonly streams?: unknown;
  readonly exclude?: unknown;
  readonly discoverSeconds?: unknown;
  readonly maxStreams?: unknown;
}

/** `kvs-fleet`, checked. */
export interface FleetSettings extends ReadingSettings {
  readonly selection: StreamSelection;
  /** Streams that the list names more than once. */
  readonly namedTwice: readonly string[];
  /** Between two searches for streams. */
  readonly discoverMs: number;
  /** Streams read at a time; 0: no limit. */
  readonly maxStreams: number;
  /** How the streams are shared; absent: this process reads all of them. */
  readonly sharing?: Sharing;
}

/** The version of `kvs-fleet`'s settings that this code writes. */
export const FLEET_VERSION = 1;

export const FLEET_DEFAULTS = {
  version: FLEET_VERSION,
  selectBy: 'prefix',
  streams: '',
  exclude: '',
  discoverSeconds: 60,
  maxStreams: 0,
  ...SHARING_DEFAULTS,
  ...READING_DEFAULTS,
} as const;

/** Bounds of the numeric properties that only `kvs-fleet` has, both inclusive. */
export const FLEET_LIMITS = {
  discoverSeconds: { min: 5, max: 86_400, integer: false },
  maxStreams: { min: 0, max: 10_000, integer: true },
} as const;

export type FleetNumber = keyof typeof FLEET_LIMITS;

/** AWS's own limits of a tag. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_TagStream.html */
const LONGEST_TAG_KEY = 128;
const LONGEST_TAG_VALUE = 256;

export function selectByProblem(value: unknown): SettingsProblem | undefined {
  return SELECT_BY.some((way) => way === value) ? undefined : { property: 'selectBy', key: 'unknownChoice' };
}

/** @param region the account's, where it is known */
export function streamsProblem(
  value: unknown,
  selectBy: unknown,
  region?: string,
): SettingsProblem | undefined {
  const problem = (key: SettingsProblem['key']): SettingsProblem => ({ property: 'streams', key });
  switch (selectBy) {
    case 'prefix':
      // An empty one means all streams.
      return /^[a-zA-Z0-9_.-]{0,256}$/.test(text(value)) ? undefined : problem('malformedPrefix');
    case 'tags':
      return isBlank(value)
        ? problem('missing')
        : parseTagFilters(text(value)) === undefined
          ? problem('malformedTagFilter')
          : undefined;
    case 'list': {
      const streams = linesOf(value).map(parseStream);
      if (streams.length === 0) {
        return problem('missing');
      }
      if (streams.includes(undefined)) {
        return problem('malformedStreamList');
      }
      const isElsewhere = (stream: StreamRef | undefined): boolean => {
        const named = stream && regionOf(stream);
        return region !== undefined && named !== undefined && named !== region;
      };
      return streams.some(isElsewhere) ? problem('otherRegion') : undefined;
    }
    default:
      return undefined;
  }
}

export function excludeProblem(value: unknown): SettingsProblem | undefined {
  const isPattern = (pattern: string): boolean => /^[a-zA-Z0-9_.*-]{1,256}$/.test(pattern);
  return patternsOf(value).every(isPattern)
    ? undefined
    : { property: 'exclude', key: 'malformedNamePattern' };
}

export function fleetNumberProblem(property: FleetNumber, value: unknown): SettingsProblem | undefined {
  return outsideLimits(property, value, FLEET_LIMITS[property]);
}

/**
 * Checks a `kvs-fleet`. Properties that a flow leaves out take their defaults.
 *
 * @param region the account's region, where it is known
 */
export function checkFleet(properties: FleetProperties, region?: string): Checked<FleetSettings> {
  const given: FleetProperties = { ...FLEET_DEFAULTS, ...definedOnly(properties) };
  const numbers = Object.keys(FLEET_LIMITS) as FleetNumber[];
  const problems = problemsIn([
    versionProblem(given.version, FLEET_VERSION),
    selectByProblem(given.selectBy),
    streamsProblem(given.streams, given.selectBy, region),
    excludeProblem(given.exclude),
    ...numbers.map((property) => fleetNumberProblem(property, given[property])),
    ...sharingProblems(given),
    ...readingProblems(given),
  ]);
  const reading = readingSettings(given);
  if (problems.length > 0 || reading === undefined) {
    return { problems };
  }
  const { selection, namedTwice } = selectionOf(given);
  return {
    settings: {
      ...reading,
      selection,
      namedTwice,
      discoverMs: Number(given.discoverSeconds) * 1_000,
      maxStreams: Number(given.maxStreams),
      ...definedOnly({ sharing: sharingOf(given) }),
    },
  };
}

/** Reads checked properties. */
function selectionOf({ selectBy, streams, exclude: patterns }: FleetProperties): {
  readonly selection: StreamSelection;
  readonly namedTwice: readonly string[];
} {
  const exclude = patternsOf(patterns);
  switch (SELECT_BY.find((way) => way === selectBy)) {
    case 'tags':
      return {
        selection: { by: 'tags', tags: parseTagFilters(text(streams)) ?? [], exclude },
        namedTwice: [],
      };
    case 'list': {
      const named = linesOf(streams)
        .map(parseStream)
        .filter((stream) => stream !== undefined);
      const byName = new Map(named.map((stream) => [stream.StreamName, stream]));
      const namedTwice = [...byName.keys()].filter(
        (name) => named.filter(({ StreamName }) => StreamName === name).length > 1,
      );
      return { selection: { by: 'list', streams: [...byName.values()], exclude }, namedTwice };
    }
    case 'message':
      return { selection: { by: 'message', exclude }, namedTwice: [] };
    default:
      return { selection: { by: 'prefix', prefix: text(streams), exclude }, namedTwice: [] };
  }
}

/** `site=north, kind=door`; undefined where that is none, or names a key twice. */
export function parseTagFilters(written: string): readonly TagFilter[] | undefined {
  const filters = written.split(',').map((part): TagFilter => {
    const at = part.indexOf('=');
    return at < 0
      ? { key: '', value: '' }
      : { key: part.slice(0, at).trim(), value: part.slice(at + 1).trim() };
  });
  const isTag = ({ key, value }: TagFilter): boolean =>
    key !== '' && key.length <= LONGEST_TAG_KEY && value.length <= LONGEST_TAG_VALUE;
  const keys = new Set(filters.map(({ key }) => key));
  return filters.every(isTag) && keys.size === filters.length ? filters : undefined;
}

function linesOf(value: unknown): string[] {
  return text(value)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
