/** The Tracks of a Matroska file (RFC 9559, section 5.1.4; codec mappings: draft-ietf-cellar-codec). */
import type { PcmFormat } from '../../codecs/detect-codec';
import type { Colour } from '../../codecs/vui';
import { ID } from '../../input/element-ids';
import { childOf, childrenOf, MOST_CHILDREN, uintOf } from '../../input/elements';
import { pictureShape, shownAs } from '../../input/picture-shape';
import type { SourceTrack } from '../../input/source-track';
import type { TrackMedia } from '../../samples/media-track';
import type { TrackDeclaration } from '../../samples/track-memo';
import { element, float, text, uint } from './ebml-writer';

const TRACK_TYPES = { video: 1, audio: 2, subtitle: 17, other: 33 } as const;
const NANOSECONDS_PER_MS = 1_000_000;
/** RFC 7845, section 4.6. */
const OPUS_PRE_ROLL_MS = 80;

interface CodecFields {
  readonly codecId: string;
  readonly codecPrivate: Buffer | undefined;
  readonly samplingFrequency?: number;
  readonly channels?: number;
  readonly bitDepth?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Children of a TrackEntry that are written anew: what they said need not be true of the file. */
const REWRITTEN: ReadonlySet<number> = new Set([
  ID.TrackNumber,
  ID.TrackUID,
  ID.TrackType,
  ID.FlagLacing,
  ID.CodecID,
  ID.CodecPrivate,
  ID.ContentEncodings,
  ID.Video,
  ID.Audio,
  ID.Void,
  ID.CRC32,
]);
const REWRITTEN_VIDEO: ReadonlySet<number> = new Set([ID.PixelWidth, ID.PixelHeight, ID.Void, ID.CRC32]);
const REWRITTEN_AUDIO: ReadonlySet<number> = new Set([
  ID.SamplingFrequency,
  ID.Channels,
  ID.BitDepth,
  ID.Void,
  ID.CRC32,
]);

/**
 * All but the number and the UID: what the track holds, as it is in the file, and all else that its producer declares of
 * it, as it is.
 */
export function trackFields(file: TrackDeclaration): Buffer[] {
  const { track, media, isVideo } = file;
  const { codecId, codecPrivate, ...fields } = { ...track, ...codecFields(media) };
  const type = uintOf(track.entry, ID.TrackType) ?? TRACK_TYPES[track.type];
  const video = videoFields(file, fields.width, fields.height);
  const audio = audioFields(track, fields);
  return [
    uint(ID.TrackType, isVideo ? TRACK_TYPES.video : type),
    uint(ID.FlagLacing, 0),
    text(ID.CodecID, codecId),
    ...optional(codecPrivate, (value) => element(ID.CodecPrivate, value)),
    ...opusFields(file),
    ...(video.length === 0 ? [] : [element(ID.Video, ...video)]),
    ...(audio.length === 0 ? [] : [element(ID.Audio, ...audio)]),
    ...copied(track.entry, REWRITTEN),
  ];
}

function copied(content: Buffer | undefined, except: ReadonlySet<number>): Buffer[] {
  return content === undefined
    ? []
    : childrenOf(content, MOST_CHILDREN)
        .filter(({ id }) => !except.has(id))
        .map(({ bytes }) => bytes);
}

/** Without DisplayWidth pixels are square, and without Colour it is unknown: what the stream says is added. */
function videoFields(
  { track, media }: TrackDeclaration,
  width: number | undefined,
  height: number | undefined,
): Buffer[] {
  const video = childOf(track.entry, ID.Video);
  const fields = [
    ...optional(width, (value) => uint(ID.PixelWidth, value)),
    ...optional(height, (value) => uint(ID.PixelHeight, value)),
    ...copied(video, REWRITTEN_VIDEO),
  ];
  if (media.name !== 'video') {
    return fields;
  }
  const { configuration } = media;
  const shape = pictureShape(track, configuration.width, configuration.height, configuration);
  const { displayWidth, displayHeight } = shownAs(shape, configuration.width, configuration.height);
  const isDisplaySaid = [ID.DisplayWidth, ID.DisplayHeight].some((id) => childOf(video, id) !== undefined);
  return [
    ...fields,
    ...(isDisplaySaid || displayWidth === undefined || displayHeight === undefined
      ? []
      : [uint(ID.DisplayWidth, displayWidth), uint(ID.DisplayHeight, displayHeight)]),
    ...(shape.colour === undefined || childOf(video, ID.Colour) !== undefined ? [] : [colour(shape.colour)]),
  ];
}

function colour({ matrix, isFullRange, transfer, primaries }: Colour): Buffer {
  return element(
    ID.Colour,
    uint(ID.MatrixCoefficients, matrix),
    uint(ID.Range, isFullRange ? 2 : 1),
    uint(ID.TransferCharacteristics, transfer),
    uint(ID.Primaries, primaries),
  );
}

function audioFields(
  track: SourceTrack,
  { samplingFrequency, channels, bitDepth }: Partial<CodecFields>,
): Buffer[] {
  return [
    ...optional(samplingFrequency, (value) => float(ID.SamplingFrequency, value)),
    ...optional(channels, (value) => uint(ID.Channels, value)),
    ...optional(bitDepth, (value) => uint(ID.BitDepth, value)),
    ...copied(childOf(track.entry, ID.Audio), REWRITTEN_AUDIO),
  ];
}

/**
 * What Opus has to have, where the producer left it out (draft-ietf-cellar-codec, section 6.4.11). CodecDelay is not
 * added: it would move the sound.
 */
function opusFields({ track, media }: TrackDeclaration): Buffer[] {
  return media.name !== 'opus' || childOf(track.entry, ID.SeekPreRoll) !== undefined
    ? []
    : [uint(ID.SeekPreRoll, OPUS_PRE_ROLL_MS * NANOSECONDS_PER_MS)];
}

function codecFields(media: TrackMedia): Partial<CodecFields> {
  switch (media.name) {
    case 'video': {
      const { matroskaCodecId, record, width, height } = media.configuration;
      return { codecId: matroskaCodecId, codecPrivate: record, width, height };
    }
    case 'aac': {
      const { specificConfig, samplingFrequency, channels } = media.configuration;
      return { codecId: 'A_AAC', codecPrivate: specificConfig, samplingFrequency, channels };
    }
    case 'opus':
      return { channels: media.configuration.channels, samplingFrequency: 48_000 };
    case 'pcm':
      return pcmFields(media.format);
    case 'other':
      return {};
  }
}

function pcmFields(format: PcmFormat): CodecFields {
  const { coding, samplingFrequency, channels, bitDepth } = format;
  const audio = { samplingFrequency, channels, bitDepth };
  switch (coding) {
    case 'int-le':
      return { codecId: 'A_PCM/INT/LIT', codecPrivate: undefined, ...audio };
    case 'int-be':
      return { codecId: 'A_PCM/INT/BIG', codecPrivate: undefined, ...audio };
    case 'float-le':
      return { codecId: 'A_PCM/FLOAT/IEEE', codecPrivate: undefined, ...audio };
    case 'alaw':
    case 'ulaw':
      return { codecId: 'A_MS/ACM', codecPrivate: g711WaveFormat(format), ...audio };
  }
}

/** WAVEFORMATEX as it should be: the AWS producer SDK's own has wrong sizes. */
function g711WaveFormat({ coding, samplingFrequency, channels }: PcmFormat): Buffer {
  const bytes = Buffer.alloc(18);
  bytes.writeUInt16LE(coding === 'alaw' ? 6 : 7, 0);
  bytes.writeUInt16LE(channels, 2);
  bytes.writeUInt32LE(samplingFrequency, 4);
  bytes.writeUInt32LE(samplingFrequency * channels, 8);
  bytes.writeUInt16LE(channels, 12);
  bytes.writeUInt16LE(8, 14);
  return bytes;
}

function optional<Value>(value: Value | undefined, write: (value: Value) => Buffer): Buffer[] {
  return value === undefined ? [] : [write(value)];
}
