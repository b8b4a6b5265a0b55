/** The settings of `kvs-convert`: types, defaults and what makes a value wrong. */
import { definedOnly } from '../defined-only';
import { type FilePatternPiece, parseFilePattern } from './file-pattern';
import type { SettingsProblem } from './problem';
import { areTracksMalformed, parseTracks } from './tracks';
import { flag, outsideLimits, text, versionProblem } from './setting-values';

/** What `kvs-convert` can make of chunks. */
export const TARGETS = ['mp4', 'mkv', 'annexb', 'adts', 'wav', 'pcm', 'jpeg', 'raw', 'info'] as const;
export type Target = (typeof TARGETS)[number];

/** How each is used: a file can be kept and cut into parts; a message holds samples or a description. */
const TARGET_USES: Readonly<Record<Target, 'file' | 'message' | 'picture'>> = {
  mp4: 'file',
  mkv: 'file',
  annexb: 'file',
  adts: 'file',
  wav: 'file',
  pcm: 'message',
  jpeg: 'picture',
  raw: 'picture',
  info: 'message',
};

/** `kvs-convert` as the flow file holds it. */
export interface ConvertProperties {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly to?: unknown;
  readonly tracks?: unknown;
  readonly intervalSeconds?: unknown;
  readonly anyFrame?: unknown;
  readonly width?: unknown;
  readonly quality?: unknown;
  readonly pixelFormat?: unknown;
  readonly dropLate?: unknown;
  readonly maxInFlight?: unknown;
  readonly splitBy?: unknown;
  readonly splitSeconds?: unknown;
  readonly splitMB?: unknown;
  readonly alignToClock?: unknown;
  readonly filename?: unknown;
  readonly timeZone?: unknown;
}

/** What is kept in files, and can be cut into parts. */
export const FILE_TARGETS: ReadonlySet<unknown> = targetsUsedAs('file');

/** What are single pictures. */
export const PICTURE_TARGETS: ReadonlySet<unknown> = targetsUsedAs('picture');

export const PIXEL_FORMATS = ['rgb24', 'bgr24', 'gray'] as const;
export type PixelFormat = (typeof PIXEL_FORMATS)[number];

/** Which pictures are made, and how. */
export interface PictureSettings {
  readonly as: 'jpeg' | PixelFormat;
  /** Not key frames alone. */
  readonly anyFrame: boolean;
  /** Pixels; the height follows. 0: as it is. */
  readonly width: number;
  /** Of JPEG, 1 to 100. */
  readonly quality: number;
  /** What comes late is left out where something newer follows. */
  readonly dropLate: boolean;
  /** With `dropLate`: how many pictures of a stream may be unacknowledged; 0: any number. */
  readonly maxInFlight: number;
}

/** Empty: a file ends where a session does. */
export const SPLITS = ['', 'seconds', 'MB'] as const;
export type SplitBy = (typeof SPLITS)[number];

export const TIME_ZONES = ['utc', 'local'] as const;
export type TimeZone = (typeof TIME_ZONES)[number];

/** When files end, and how they are named. */
export interface FileSettings {
  readonly splitBy: SplitBy;
  readonly splitSeconds: number;
  readonly splitBytes: number;
  /** Files begin at multiples of `splitSeconds` of the clock. */
  readonly alignToClock: boolean;
  /** Undefined: files have no names. */
  readonly pattern: readonly FilePatternPiece[] | undefined;
  /** For files aligned to the clock, and for the times in file names. */
  readonly timeZone: TimeZone;
}

/** `kvs-convert`, checked. */
export interface ConvertSettings {
  readonly to: Target;
  /** Track numbers, names or types to convert; empty: all. */
  readonly tracks: readonly string[];
  /** A picture every so often; 0 for all. */
  readonly intervalMs: number;
  /** Undefined where no pictures are made. */
  readonly pictures: PictureSettings | undefined;
  /** Undefined where media is not cut into files, and files have no names. */
  readonly files: FileSettings | undefined;
}

/** The version of `kvs-convert`'s settings that this code writes. */
export const CONVERT_VERSION = 1;

export const CONVERT_DEFAULTS = {
  version: CONVERT_VERSION,
  to: 'mp4',
  tracks: '',
  intervalSeconds: 0,
  anyFrame: false,
  width: 0,
  quality: 95,
  pixelFormat: 'rgb24',
  dropLate: false,
  maxInFlight: 0,
  splitBy: '',
  splitSeconds: 3_600,
  splitMB: 100,
  alignToClock: true,
  filename: '',
  timeZone: 'utc',
} as const;

/** Both inclusive. */
export const INTERVAL_LIMITS = { min: 0, max: 86_400 } as const;
export const PICTURE_LIMITS = {
  width: { min: 0, max: 3_840, integer: true },
  quality: { min: 1, max: 100, integer: true },
  maxInFlight: { min: 0, max: 1_000, integer: true },
} as const;
export type PictureNumber = keyof typeof PICTURE_LIMITS;
export const SPLIT_SECONDS_LIMITS = { min: 1, max: 604_800 } as const;
export const SPLIT_MB_LIMITS = { min: 1, max: 100_000 } as const;

function targetsUsedAs(use: (typeof TARGET_USES)[Target]): ReadonlySet<unknown> {
  return new Set(TARGETS.filter((target) => TARGET_USES[target] === use));
}

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

export function pictureNumberProblem(property: PictureNumber, value: unknown): ConvertProblem | undefined {
  return outsideLimits(property, value, PICTURE_LIMITS[property]);
}

export function pixelFormatProblem(value: unknown): ConvertProblem | undefined {
  return PIXEL_FORMATS.some((format) => format === value)
    ? undefined
    : { property: 'pixelFormat', key: 'unknownChoice' };
}

export function splitByProblem(value: unknown): ConvertProblem | undefined {
  return SPLITS.some((split) => split === value) ? undefined : { property: 'splitBy', key: 'unknownChoice' };
}

export function splitSecondsProblem(value: unknown): ConvertProblem | undefined {
  return outsideLimits('splitSeconds', value, SPLIT_SECONDS_LIMITS);
}

export function splitMBProblem(value: unknown): ConvertProblem | undefined {
  return outsideLimits('splitMB', value, SPLIT_MB_LIMITS);
}

export function filenameProblem(value: unknown): ConvertProblem | undefined {
  const pattern = text(value);
  return pattern === '' || parseFilePattern(pattern) !== undefined
    ? undefined
    : { property: 'filename', key: 'malformedPattern' };
}

export function timeZoneProblem(value: unknown): ConvertProblem | undefined {
  return TIME_ZONES.some((zone) => zone === value)
    ? undefined
    : { property: 'timeZone', key: 'unknownChoice' };
}

/** Checks a `kvs-convert`. Properties that a flow leaves out take their defaults. */
export function checkConvert(
  properties: ConvertProperties,
): { readonly settings: ConvertSettings } | { readonly problems: readonly ConvertProblem[] } {
  const given = { ...CONVERT_DEFAULTS, ...definedOnly(properties) };
  const { to, splitBy } = given;
  const isFile = FILE_TARGETS.has(to);
  const isPicture = PICTURE_TARGETS.has(to);
  const problems = [
    versionProblem(given.version, CONVERT_VERSION),
    targetProblem(to),
    convertTracksProblem(given.tracks),
    intervalProblem(given.intervalSeconds),
    ...(isPicture
      ? [
          pictureNumberProblem('width', given.width),
          pictureNumberProblem('quality', given.quality),
          pictureNumberProblem('maxInFlight', given.maxInFlight),
          pixelFormatProblem(given.pixelFormat),
        ]
      : []),
    ...(isFile
      ? [
          splitByProblem(splitBy),
          splitBy === 'seconds' ? splitSecondsProblem(given.splitSeconds) : undefined,
          splitBy === 'MB' ? splitMBProblem(given.splitMB) : undefined,
          filenameProblem(given.filename),
          timeZoneProblem(given.timeZone),
        ]
      : []),
  ].filter((problem) => problem !== undefined);
  const target = TARGETS.find((one) => one === to);
  if (problems.length > 0 || target === undefined) {
    return { problems };
  }
  return {
    settings: {
      to: target,
      tracks: parseTracks(given.tracks),
      intervalMs: Number(given.intervalSeconds) * 1_000,
      pictures: isPicture ? picturesOf(given) : undefined,
      files: isFile ? filesOf(given) : undefined,
    },
  };
}

type Given = { readonly [Property in keyof typeof CONVERT_DEFAULTS]: unknown };

function picturesOf(given: Given): PictureSettings {
  const dropLate = flag(given.dropLate);
  return {
    as:
      given.to === 'jpeg'
        ? 'jpeg'
        : (PIXEL_FORMATS.find((format) => format === given.pixelFormat) ?? 'rgb24'),
    anyFrame: flag(given.anyFrame),
    width: Number(given.width),
    quality: Number(given.quality),
    dropLate,
    maxInFlight: dropLate ? Number(given.maxInFlight) : 0,
  };
}

function filesOf(given: Given): FileSettings | undefined {
  const splitBy = SPLITS.find((split) => split === given.splitBy) ?? '';
  const filename = text(given.filename);
  return splitBy === '' && filename === ''
    ? undefined
    : {
        splitBy,
        splitSeconds: Number(given.splitSeconds),
        splitBytes: Math.floor(Number(given.splitMB) * 1024 * 1024),
        alignToClock: flag(given.alignToClock),
        pattern: filename === '' ? undefined : parseFilePattern(filename),
        timeZone: TIME_ZONES.find((zone) => zone === given.timeZone) ?? 'utc',
      };
}
