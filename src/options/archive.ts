/** The settings of `kvs-archive`: types, defaults and what makes a value wrong. */
import { definedOnly } from '../defined-only';
import type { Checked, SettingsProblem } from './problem';
import { streamProblem } from './get-media';
import { tracksProblem } from './reading';
import type { StreamRef } from './stream';
import { parseStream } from './stream';
import { parseTracks } from './tracks';
import { isBlank, outsideLimits, problemsIn, text, versionProblem } from './setting-values';

export const ARCHIVE_OUTPUTS = ['clip', 'image', 'chunks', 'fragments', 'url'] as const;
/** What a request is answered with: a file, pictures, the media, the list of what is stored, or an address for players. */
export type ArchiveOutput = (typeof ARCHIVE_OUTPUTS)[number];

export const TIMESTAMP_TYPES = ['PRODUCER_TIMESTAMP', 'SERVER_TIMESTAMP'] as const;
/** Where a clip goes. */
export const SAVE_TO = ['message', 'file'] as const;
/** Where the path of a file comes from. */
export const FILENAME_TYPES = ['msg', 'str', 'flow', 'env'] as const;
export const IMAGE_FORMATS = ['jpeg', 'png'] as const;
/** What decodes pictures: ffmpeg where it is installed and otherwise the service, or one of them. */
export const IMAGE_SOURCES = ['auto', 'ffmpeg', 'GetImages'] as const;
export const PROTOCOLS = ['HLS', 'DASH'] as const;
export const PLAYBACK_MODES = ['ON_DEMAND', 'LIVE', 'LIVE_REPLAY'] as const;

/** `kvs-archive` as the flow file holds it. */
export interface ArchiveProperties {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly config?: unknown;
  readonly stream?: unknown;
  readonly output?: unknown;
  readonly fragmentSelectorType?: unknown;
  readonly beforeSeconds?: unknown;
  readonly afterSeconds?: unknown;
  readonly waitSeconds?: unknown;
  readonly tracks?: unknown;
  readonly saveTo?: unknown;
  readonly filename?: unknown;
  readonly filenameType?: unknown;
  readonly maxMB?: unknown;
  readonly intervalSeconds?: unknown;
  readonly width?: unknown;
  readonly quality?: unknown;
  readonly format?: unknown;
  readonly imageSource?: unknown;
  readonly maxInFlight?: unknown;
  readonly protocol?: unknown;
  readonly playbackMode?: unknown;
  readonly expiresSeconds?: unknown;
}

/** `kvs-archive`, checked. Durations in ms. */
export interface ArchiveSettings {
  /** Undefined where each message names its own. */
  readonly stream?: StreamRef;
  readonly output: ArchiveOutput;
  readonly timestampType: (typeof TIMESTAMP_TYPES)[number];
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly waitMs: number;
  /** Numbers, names and types; empty: all. */
  readonly tracks: readonly string[];
  readonly saveTo: (typeof SAVE_TO)[number];
  /** A path, or where it is. */
  readonly filename: string;
  readonly filenameType: (typeof FILENAME_TYPES)[number];
  /** Of a clip in a message. */
  readonly maxBytes: number;
  /** Between pictures of a range; 0: one picture, of a moment. */
  readonly intervalMs: number;
  /** Of pictures, pixels; 0: as they are. */
  readonly width: number;
  /** Of JPEG, 1 to 100. */
  readonly quality: number;
  readonly format: (typeof IMAGE_FORMATS)[number];
  readonly imageSource: (typeof IMAGE_SOURCES)[number];
  readonly maxInFlight: number;
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly playbackMode: (typeof PLAYBACK_MODES)[number];
  readonly expiresSeconds: number;
}

/** The version of `kvs-archive`'s settings that this code writes. */
export const ARCHIVE_VERSION = 1;

export const ARCHIVE_DEFAULTS = {
  version: ARCHIVE_VERSION,
  output: 'clip',
  fragmentSelectorType: 'PRODUCER_TIMESTAMP',
  beforeSeconds: 10,
  afterSeconds: 20,
  waitSeconds: 60,
  tracks: '',
  saveTo: 'message',
  filename: 'filename',
  filenameType: 'msg',
  maxMB: 256,
  intervalSeconds: 0,
  width: 0,
  quality: 80,
  format: 'jpeg',
  imageSource: 'auto',
  maxInFlight: 0,
  protocol: 'HLS',
  playbackMode: 'ON_DEMAND',
  expiresSeconds: 300,
} as const;

/** Bounds of the numeric properties, both inclusive. */
export const ARCHIVE_LIMITS = {
  beforeSeconds: { min: 0, max: 86_400, integer: false },
  afterSeconds: { min: 0, max: 86_400, integer: false },
  waitSeconds: { min: 0, max: 86_400, integer: false },
  maxMB: { min: 1, max: 1_024, integer: false },
  intervalSeconds: { min: 0, max: 86_400, integer: false },
  width: { min: 0, max: 3_840, integer: true },
  quality: { min: 1, max: 100, integer: true },
  maxInFlight: { min: 0, max: 10_000, integer: true },
  expiresSeconds: { min: 300, max: 43_200, integer: true },
} as const;

export type ArchiveNumber = keyof typeof ARCHIVE_LIMITS;

/** The values that the choices of `kvs-archive` have. */
export const ARCHIVE_CHOICES = {
  output: ARCHIVE_OUTPUTS,
  saveTo: SAVE_TO,
  filenameType: FILENAME_TYPES,
  format: IMAGE_FORMATS,
  imageSource: IMAGE_SOURCES,
  fragmentSelectorType: TIMESTAMP_TYPES,
  protocol: PROTOCOLS,
  playbackMode: PLAYBACK_MODES,
} as const;

export type ArchiveChoice = keyof typeof ARCHIVE_CHOICES;

/** A stream need not be set: a message may name it. */
export function archiveStreamProblem(value: unknown, region?: string): SettingsProblem | undefined {
  return isBlank(value) ? undefined : streamProblem(value, region);
}

/** A file needs a name, or where it is found. */
export function archiveFilenameProblem(
  value: unknown,
  { output, saveTo }: Pick<ArchiveProperties, 'output' | 'saveTo'>,
): SettingsProblem | undefined {
  return (output === 'clip' || output === 'image') && saveTo === 'file' && isBlank(value)
    ? { property: 'filename', key: 'missing' }
    : undefined;
}

export function archiveChoiceProblem(property: ArchiveChoice, value: unknown): SettingsProblem | undefined {
  const known: readonly unknown[] = ARCHIVE_CHOICES[property];
  return known.includes(value) ? undefined : { property, key: 'unknownChoice' };
}

export function archiveNumberProblem(property: ArchiveNumber, value: unknown): SettingsProblem | undefined {
  return outsideLimits(property, value, ARCHIVE_LIMITS[property]);
}

/**
 * Checks a `kvs-archive`. Properties that a flow leaves out take their defaults.
 *
 * @param region the account's region, where it is known
 */
export function checkArchive(properties: ArchiveProperties, region?: string): Checked<ArchiveSettings> {
  const given = { ...ARCHIVE_DEFAULTS, ...definedOnly(properties) } as ArchiveProperties;
  const numbers = Object.keys(ARCHIVE_LIMITS) as ArchiveNumber[];
  const choices = Object.keys(ARCHIVE_CHOICES) as ArchiveChoice[];
  const problems = problemsIn([
    versionProblem(given.version, ARCHIVE_VERSION),
    archiveStreamProblem(given.stream, region),
    tracksProblem(given.tracks),
    archiveFilenameProblem(given.filename, given),
    ...choices.map((property) => archiveChoiceProblem(property, given[property])),
    ...numbers.map((property) => archiveNumberProblem(property, given[property])),
  ]);
  if (problems.length > 0) {
    return { problems };
  }
  const seconds = (property: ArchiveNumber): number => Number(given[property]) * 1_000;
  return {
    settings: {
      ...definedOnly({ stream: isBlank(given.stream) ? undefined : parseStream(text(given.stream)) }),
      output: chosen(ARCHIVE_OUTPUTS, given.output, ARCHIVE_DEFAULTS.output),
      timestampType: chosen(
        TIMESTAMP_TYPES,
        given.fragmentSelectorType,
        ARCHIVE_DEFAULTS.fragmentSelectorType,
      ),
      beforeMs: seconds('beforeSeconds'),
      afterMs: seconds('afterSeconds'),
      waitMs: seconds('waitSeconds'),
      tracks: parseTracks(given.tracks),
      saveTo: chosen(SAVE_TO, given.saveTo, ARCHIVE_DEFAULTS.saveTo),
      filename: text(given.filename),
      filenameType: chosen(FILENAME_TYPES, given.filenameType, ARCHIVE_DEFAULTS.filenameType),
      maxBytes: Number(given.maxMB) * 1_000_000,
      intervalMs: Math.round(seconds('intervalSeconds')),
      width: Number(given.width),
      quality: Number(given.quality),
      format: chosen(IMAGE_FORMATS, given.format, ARCHIVE_DEFAULTS.format),
      imageSource: chosen(IMAGE_SOURCES, given.imageSource, ARCHIVE_DEFAULTS.imageSource),
      maxInFlight: Number(given.maxInFlight),
      protocol: chosen(PROTOCOLS, given.protocol, ARCHIVE_DEFAULTS.protocol),
      playbackMode: chosen(PLAYBACK_MODES, given.playbackMode, ARCHIVE_DEFAULTS.playbackMode),
      expiresSeconds: Number(given.expiresSeconds),
    },
  };
}

function chosen<Choice>(choices: readonly Choice[], value: unknown, otherwise: Choice): Choice {
  return choices.find((choice) => choice === value) ?? otherwise;
}
