/** The Tracks of a Matroska file (RFC 9559, section 5.1.4; codec mappings: draft-ietf-cellar-codec). */
import { ID, element, float, text, uint } from './ebml-writer';
import type { PcmFormat } from './codec';
import type { FileTrack, TrackMedia } from './file-tracks';

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

/** All but its number: the entry says what the track holds, not what the producer said of it. */
export function trackFields(file: FileTrack): Buffer[] {
  const { track, media, delayMs } = file;
  const { codecId, codecPrivate, ...audioOrVideo } = { ...track, ...codecFields(media) };
  const { width, height, samplingFrequency, channels, bitDepth } = audioOrVideo;
  const audio = [
    ...optional(samplingFrequency, (value) => float(ID.SamplingFrequency, value)),
    ...optional(channels, (value) => uint(ID.Channels, value)),
    ...optional(bitDepth, (value) => uint(ID.BitDepth, value)),
  ];
  const video = [
    ...optional(width, (value) => uint(ID.PixelWidth, value)),
    ...optional(height, (value) => uint(ID.PixelHeight, value)),
  ];
  return [
    uint(ID.TrackType, file.isVideo ? TRACK_TYPES.video : TRACK_TYPES[track.type]),
    uint(ID.FlagLacing, 0),
    ...optional(track.name, (value) => text(ID.Name, value)),
    text(ID.CodecID, codecId),
    ...optional(codecPrivate, (value) => element(ID.CodecPrivate, value)),
    ...optional(track.defaultDurationMs, (value) =>
      uint(ID.DefaultDuration, Math.round(value * NANOSECONDS_PER_MS)),
    ),
    ...(media.name === 'opus'
      ? [
          uint(ID.CodecDelay, Math.round(delayMs * NANOSECONDS_PER_MS)),
          uint(ID.SeekPreRoll, OPUS_PRE_ROLL_MS * NANOSECONDS_PER_MS),
        ]
      : []),
    ...(video.length === 0 ? [] : [element(ID.Video, ...video)]),
    ...(audio.length === 0 ? [] : [element(ID.Audio, ...audio)]),
  ];
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
