/** The settings of `kvs-get-media`: types, defaults and what makes a value wrong. */
import { definedOnly } from '../defined-only';
import type { Checked, SettingsProblem } from './problem';
import {
  READING_DEFAULTS,
  readingProblems,
  readingSettings,
  type ReadingProperties,
  type ReadingSettings,
} from './reading';
import type { StreamRef } from './stream';
import { parseStream, regionOf } from './stream';
import { parseUntilProperties, untilTypeProblem, untilValueProblem, type Until } from './until';
import { isBlank, problemsIn, text, versionProblem } from './setting-values';

/** `kvs-get-media` as the flow file holds it. */
export interface GetMediaProperties extends ReadingProperties {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly config?: unknown;
  readonly stream?: unknown;
  readonly untilType?: unknown;
  readonly untilValue?: unknown;
}

/** `kvs-get-media`, checked. */
export interface GetMediaSettings extends ReadingSettings {
  readonly stream: StreamRef;
  /** Where reading ends; absent: never. */
  readonly until?: Until;
}

/** The version of `kvs-get-media`'s settings that this code writes. */
export const GET_MEDIA_VERSION = 1;

export const GET_MEDIA_DEFAULTS = {
  version: GET_MEDIA_VERSION,
  ...READING_DEFAULTS,
  untilType: '',
  untilValue: '',
} as const;

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

/**
 * Checks a `kvs-get-media`. Properties that a flow leaves out (an older or hand-written one) take their defaults.
 *
 * @param region the account's region, where it is known
 */
export function checkGetMedia(properties: GetMediaProperties, region?: string): Checked<GetMediaSettings> {
  const given: GetMediaProperties = { ...GET_MEDIA_DEFAULTS, ...definedOnly(properties) };
  const problems = problemsIn([
    versionProblem(given.version, GET_MEDIA_VERSION),
    streamProblem(given.stream, region),
    ...readingProblems(given),
    untilTypeProblem(given.untilType),
    untilValueProblem(given.untilValue, given.untilType),
  ]);
  const stream = parseStream(text(given.stream));
  const reading = readingSettings(given);
  if (problems.length > 0 || stream === undefined || reading === undefined) {
    return { problems };
  }
  const until = parseUntilProperties(given.untilType, given.untilValue);
  return { settings: { stream, ...reading, ...definedOnly({ until }) } };
}
