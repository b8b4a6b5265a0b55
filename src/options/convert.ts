/** The settings of `kvs-convert`: types, defaults and what makes a value wrong. */
import type { SettingsProblem } from './problem';
import { areTracksMalformed, parseTracks } from './tracks';
import { outsideLimits, versionProblem } from './values';

/** What `kvs-convert` can make of chunks. */
export const TARGETS = ['mp4', 'mkv', 'annexb', 'adts', 'wav', 'pcm', 'jpeg', 'info'] as const;
export type Target = (typeof TARGETS)[number];

/** `kvs-convert` as the flow file holds it. */
export interface ConvertProperties {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly to?: unknown;
  readonly tracks?: unknown;
  readonly intervalSeconds?: unknown;
}

/** `kvs-convert`, checked. */
export interface ConvertSettings {
  readonly to: Target;
  /** Track numbers, names or types to convert; empty: all. */
  readonly tracks: readonly string[];
  /** Between pictures, at least; 0 for all. */
  readonly intervalMs: number;
}

/** The version of `kvs-convert`'s settings that this code writes. */
export const CONVERT_VERSION = 1;

export const CONVERT_DEFAULTS = {
  version: CONVERT_VERSION,
  to: 'mp4',
  tracks: '',
  intervalSeconds: 0,
} as const;

/** Both inclusive. */
export const INTERVAL_LIMITS = { min: 0, max: 86_400 } as const;

/** What is wrong with a property; the key names the wording. */
export interface ConvertProblem extends SettingsProblem {
  readonly property: keyof typeof CONVERT_DEFAULTS;
}

export function convertTracksProblem(value: unknown): ConvertProblem | undefined {
  return areTracksMalformed(value) ? { property: 'tracks', key: 'malformedTracks' } : undefined;
}

export function targetProblem(value: unknown): ConvertProblem | undefined {
  return TARGETS.some((target) => target === value) ? undefined : { property: 'to', key: 'unknownTarget' };
}

export function intervalProblem(value: unknown): ConvertProblem | undefined {
  return outsideLimits('intervalSeconds', value, INTERVAL_LIMITS);
}

/** Checks a `kvs-convert`. Properties that a flow leaves out take their defaults. */
export function checkConvert(
  properties: ConvertProperties,
): { readonly settings: ConvertSettings } | { readonly problems: readonly ConvertProblem[] } {
  const {
    version = CONVERT_VERSION,
    to = CONVERT_DEFAULTS.to,
    tracks = '',
    intervalSeconds = 0,
  } = properties;
  const problems = [
    versionProblem(version, CONVERT_VERSION),
    targetProblem(to),
    convertTracksProblem(tracks),
    intervalProblem(intervalSeconds),
  ].filter((problem) => problem !== undefined);
  const target = TARGETS.find((one) => one === to);
  if (problems.length > 0 || target === undefined) {
    return { problems };
  }
  return {
    settings: {
      to: target,
      tracks: parseTracks(tracks),
      intervalMs: Number(intervalSeconds) * 1_000,
    },
  };
}
