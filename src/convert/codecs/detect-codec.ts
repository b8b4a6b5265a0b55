/** Tells what a track really holds: codec ids and private data name codecs in several ways, some of them wrong. */
import type { Frame, Tags, Track } from '../../matroska';
import type { SampleCoding } from '../types';
import { AVC } from './avc';
import { HEVC } from './hevc';
import type { VideoKind } from './parameter-sets';

/** How samples of sound are stored. */
export interface PcmFormat {
  readonly coding: SampleCoding;
  readonly samplingFrequency: number;
  readonly channels: number;
  /** Bits of a sample as it is stored. */
  readonly bitDepth: number;
}

/** The codec that a track really holds, even if it declares another. */
export type Codec =
  | { readonly name: 'video'; readonly kind: VideoKind; readonly codecPrivate: Buffer | undefined }
  | { readonly name: 'mjpeg' }
  | { readonly name: 'aac' }
  | { readonly name: 'opus' }
  | { readonly name: 'pcm'; readonly format: PcmFormat }
  | { readonly name: 'unknown' };

const UNKNOWN: Codec = { name: 'unknown' };
const MJPEG: Codec = { name: 'mjpeg' };

const BITMAP_HEADER_BYTES = 40;
const WAVE_FORMAT_BYTES = 16;
/** Amazon Connect's tracks, the older of which is named by its format. */
const CONNECT_TRACKS: ReadonlySet<string> = new Set([
  'AUDIO_FROM_CUSTOMER',
  'AUDIO_TO_CUSTOMER',
  'Track_audio/L16',
]);
/** 16 bits, 1 channel, 8000 Hz: what Amazon Connect sends. */
const CONNECT_BYTES_PER_MS = 16;
const CONNECT_RATE = 8000;
const FRAMES_TO_TELL = 3;
const MAX_RATE = 768_000;
const MAX_CHANNELS = 64;

/** Unknown for a track whose frames are encrypted, or compressed in a way that is not undone: they are no media. */
export function detectCodec(track: Track, tags: Tags, frames: readonly Frame[]): Codec {
  const { codecId, codecPrivate, contentEncodings } = track;
  if (contentEncodings !== undefined) {
    return UNKNOWN;
  }
  switch (codecId) {
    case 'V_MPEG4/ISO/AVC':
    case 'V_MPEG/ISO/AVC':
      return video(AVC, codecPrivate);
    case 'V_MPEGH/ISO/HEVC':
    case 'V_MPEG/ISO/HEVC':
      return video(HEVC, codecPrivate);
    case 'V_MJPEG':
      return MJPEG;
    case 'V_MS/VFW/FOURCC':
      return ofFourCc(codecPrivate);
    case 'A_OPUS':
      return { name: 'opus' };
    case 'A_MS/ACM':
      return ofWaveFormat(codecPrivate);
    case 'A_PCM/INT/LIT':
      return pcm(track, 'int-le');
    case 'A_PCM/INT/BIG':
      return pcm(track, 'int-be');
    case 'A_PCM/FLOAT/IEEE':
      return pcm(track, 'float-le');
    default:
      return codecId.startsWith('A_AAC') ? ofAac(track, tags, frames) : UNKNOWN;
  }
}

export function isMotionJpeg({ codecId, codecPrivate }: Track): boolean {
  return (
    codecId === 'V_MJPEG' || (codecId === 'V_MS/VFW/FOURCC' && ofFourCc(codecPrivate).name === MJPEG.name)
  );
}

function video(kind: VideoKind, codecPrivate: Buffer | undefined): Codec {
  return { name: 'video', kind, codecPrivate: codecPrivate?.length === 0 ? undefined : codecPrivate };
}

function pcm({ samplingFrequency = 8000, channels = 1, bitDepth = 16 }: Track, coding: SampleCoding): Codec {
  const depths = coding === 'float-le' ? [32, 64] : [8, 16, 24, 32];
  return isSound(samplingFrequency, channels) && depths.includes(bitDepth)
    ? { name: 'pcm', format: { coding, samplingFrequency, channels, bitDepth } }
    : UNKNOWN;
}

function isSound(samplingFrequency: number, channels: number): boolean {
  return samplingFrequency >= 1 && samplingFrequency <= MAX_RATE && channels >= 1 && channels <= MAX_CHANNELS;
}

/** BITMAPINFOHEADER, little-endian; what follows it is the codec's own. */
function ofFourCc(header: Buffer | undefined): Codec {
  if (header === undefined || header.length < BITMAP_HEADER_BYTES) {
    return UNKNOWN;
  }
  const rest = header.subarray(BITMAP_HEADER_BYTES);
  switch (header.toString('latin1', 16, 20).toUpperCase()) {
    case 'MJPG':
      return MJPEG;
    case 'H264':
    case 'X264':
    case 'AVC1':
      return video(AVC, rest);
    case 'H265':
    case 'HEVC':
    case 'HVC1':
      return video(HEVC, rest);
    default:
      return UNKNOWN;
  }
}

/**
 * WAVEFORMATEX, little-endian. The AWS producer SDK fills bits, block and bytes per second of G.711 wrongly, so these
 * are not looked at.
 */
function ofWaveFormat(header: Buffer | undefined): Codec {
  if (header === undefined || header.length < WAVE_FORMAT_BYTES) {
    return UNKNOWN;
  }
  const channels = header.readUInt16LE(2);
  const samplingFrequency = header.readUInt32LE(4);
  if (!isSound(samplingFrequency, channels)) {
    return UNKNOWN;
  }
  const g711 = { samplingFrequency, channels, bitDepth: 8 };
  switch (header.readUInt16LE(0)) {
    case 1:
      return pcm({ ...LINEAR, samplingFrequency, channels, bitDepth: header.readUInt16LE(14) }, 'int-le');
    case 3:
      return pcm({ ...LINEAR, samplingFrequency, channels, bitDepth: header.readUInt16LE(14) }, 'float-le');
    case 6:
      return { name: 'pcm', format: { coding: 'alaw', ...g711 } };
    case 7:
      return { name: 'pcm', format: { coding: 'ulaw', ...g711 } };
    default:
      return UNKNOWN;
  }
}

const LINEAR: Track = { number: 0, type: 'audio', codecId: '' };

/**
 * Amazon Connect declares AAC and sends samples of 16 bits. What tells is its MimeType tag, the names of its tracks or,
 * where a fragment has lost its tags, that every frame has just the bytes that such samples need for its time.
 */
function ofAac(track: Track, tags: Tags, frames: readonly Frame[]): Codec {
  const linear = linear16(tags.get('MimeType')?.[0]);
  if (linear !== undefined) {
    return linear;
  }
  const named = track.name !== undefined && CONNECT_TRACKS.has(track.name);
  const unsaid = track.samplingFrequency === undefined;
  return named || (unsaid && looksLikeSamples(frames)) ? linear16Of(CONNECT_RATE, 1) : { name: 'aac' };
}

/** `audio/L16;rate=8000;channels=1`, but little-endian. */
function linear16(mimeType: string | undefined): Codec | undefined {
  if (mimeType === undefined || !/^audio\/L16\b/i.test(mimeType)) {
    return undefined;
  }
  const parameter = (name: string): number =>
    Number(new RegExp(`${name}=(\\d{1,6})`, 'i').exec(mimeType)?.[1]);
  return linear16Of(parameter('rate') || CONNECT_RATE, parameter('channels') || 1);
}

function linear16Of(samplingFrequency: number, channels: number): Codec {
  return { name: 'pcm', format: { coding: 'int-le', samplingFrequency, channels, bitDepth: 16 } };
}

function looksLikeSamples(frames: readonly Frame[]): boolean {
  return (
    frames.length > FRAMES_TO_TELL &&
    frames.every(({ data, timecodeMs }, i) => {
      const next = frames[i + 1];
      return (
        data.length % 2 === 0 &&
        (next === undefined || data.length === (next.timecodeMs - timecodeMs) * CONNECT_BYTES_PER_MS)
      );
    })
  );
}
