/** AAC: AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) and ADTS headers (section 1.A.2.2). */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import { BitReader } from './bit-reader';

const RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const ESCAPED_RATE = 15;
const ESCAPED_TYPE = 31;
const LOW_COMPLEXITY = 2;
const SBR = 5;
const PARAMETRIC_STEREO = 29;
export const ADTS_HEADER_BYTES = 7;
/** Samples of a frame; 960 where the configuration says so, which no camera does. */
export const AAC_FRAME_SAMPLES = 1024;

/** By channels: one element whose streams use no band, and the end element. */
const SILENT_FRAMES: readonly (Buffer | undefined)[] = [
  undefined,
  Buffer.from('00000007', 'hex'),
  Buffer.from('2000000000000e', 'hex'),
];

export interface AacConfiguration {
  /** As the Matroska codec private data and the esds box hold it. */
  readonly specificConfig: Buffer;
  readonly objectType: number;
  /** Hz, of the core codec, in whose samples a frame is counted. */
  readonly samplingFrequency: number;
  readonly channels: number;
  readonly codec: string;
}

export function parseSpecificConfig(config: Buffer): AacConfiguration {
  const bits = new BitReader(config);
  const declared = readObjectType(bits);
  const samplingFrequency = readRate(bits);
  const channelConfiguration = bits.bits(4);
  let objectType = declared;
  if (declared === SBR || declared === PARAMETRIC_STEREO) {
    readRate(bits);
    objectType = readObjectType(bits);
  }
  if (objectType === 0 || channelConfiguration > 7) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  return {
    specificConfig: config,
    objectType: declared,
    samplingFrequency,
    channels: channelConfiguration === 7 ? 8 : channelConfiguration === 0 ? 2 : channelConfiguration,
    codec: `mp4a.40.${declared}`,
  };
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === ESCAPED_TYPE ? 32 + bits.bits(6) : type;
}

function readRate(bits: BitReader): number {
  const index = bits.bits(4);
  const rate = index === ESCAPED_RATE ? bits.bits(24) : (RATES[index] ?? 0);
  if (rate === 0) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  return rate;
}

/** For AAC-LC, which is what a stream without codec private data has. Undefined for what cannot be written so. */
export function specificConfigOf(
  samplingFrequency: number,
  channels: number,
  objectType = LOW_COMPLEXITY,
): Buffer | undefined {
  const index = RATES.indexOf(samplingFrequency);
  const configuration = channels === 8 ? 7 : channels;
  return index < 0 || configuration < 1 || configuration > 7 || channels === 7
    ? undefined
    : Buffer.from([(objectType << 3) | (index >> 1), ((index & 1) << 7) | (configuration << 3)]);
}

export interface AdtsHeader {
  readonly headerBytes: number;
  readonly frameBytes: number;
  readonly samplingFrequency: number;
  readonly specificConfig: Buffer;
}

/** The header that some producers leave before a frame: it must lead to the end, or to another header. */
export function parseAdts(frame: Buffer): AdtsHeader | undefined {
  if (frame.length < ADTS_HEADER_BYTES || !isSync(frame, 0)) {
    return undefined;
  }
  const headerBytes = ((frame[1] ?? 0) & 1) === 1 ? ADTS_HEADER_BYTES : ADTS_HEADER_BYTES + 2;
  const frameBytes = (frame.readUInt32BE(3) >>> 13) & 0x1fff;
  const third = frame[2] ?? 0;
  const rate = RATES[(third >> 2) & 15];
  const configuration = ((third & 1) << 2) | ((frame[3] ?? 0) >> 6);
  const fits = frameBytes === frame.length || (frameBytes > headerBytes && isSync(frame, frameBytes));
  if (!fits || rate === undefined || configuration === 0) {
    return undefined;
  }
  const specificConfig = specificConfigOf(rate, configuration === 7 ? 8 : configuration, (third >> 6) + 1);
  return specificConfig && { headerBytes, frameBytes, samplingFrequency: rate, specificConfig };
}

function isSync(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xf6) === 0xf0;
}

/** Can ADTS headers say what is to be said of it? */
export function fitsAdts({ samplingFrequency, objectType, specificConfig }: AacConfiguration): boolean {
  const channelConfiguration = new BitReader(specificConfig);
  channelConfiguration.skip(9);
  return (
    RATES.includes(samplingFrequency) &&
    (objectType <= 4 || objectType === SBR || objectType === PARAMETRIC_STEREO) &&
    channelConfiguration.bits(4) > 0
  );
}

/** A frame of silence for AAC-LC of 1 or 2 channels (ISO/IEC 14496-3, section 4.4.2.1); undefined for others. */
export function silentFrame({ objectType, channels }: AacConfiguration): Buffer | undefined {
  return objectType === LOW_COMPLEXITY ? SILENT_FRAMES[channels] : undefined;
}

/** @param payloadBytes of the frame after the header */
export function writeAdts(aac: AacConfiguration, payloadBytes: number, target: Buffer, at: number): number {
  const index = RATES.indexOf(aac.samplingFrequency);
  const size = payloadBytes + ADTS_HEADER_BYTES;
  const configuration = aac.channels === 8 ? 7 : aac.channels;
  // With spectral band replication, the header describes the core.
  const profile = (aac.objectType <= 4 ? aac.objectType : LOW_COMPLEXITY) - 1;
  target[at] = 0xff;
  target[at + 1] = 0xf1;
  target[at + 2] = (profile << 6) | (index << 2) | (configuration >> 2);
  target[at + 3] = ((configuration & 3) << 6) | (size >> 11);
  target[at + 4] = (size >> 3) & 0xff;
  target[at + 5] = ((size & 7) << 5) | 0x1f;
  target[at + 6] = 0xfc;
  return at + ADTS_HEADER_BYTES;
}
