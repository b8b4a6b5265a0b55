/** H.265 parameter sets and decoder configuration (ISO/IEC 23008-2 section 7.3.2, ISO/IEC 14496-15 section 8.3.3). */
import { BitReader, rawBytes } from './bit-reader';
import { nalsOf, splitFrame, type Packing } from './nal-units';
import type { ParameterSets, VideoConfiguration, VideoKind } from './parameter-sets';
import { ConversionError } from './problems';

/** Intra random access points: BLA, IDR and CRA. */
const FIRST_IRAP = 16;
const LAST_IRAP = 21;
const VPS = 32;
const SPS = 33;
const PPS = 34;
const AUD = 35;

const RECORD_HEAD_BYTES = 22;
const MAX_PIXELS_PER_SIDE = 16_384;
/** general_profile_space, general_tier_flag … general_level_idc. */
const PROFILE_BYTES = 12;
const PROFILE_AT = 3;
const PROFILE_SPACES = ['', 'A', 'B', 'C'];

export const HEVC: VideoKind = {
  name: 'H.265',
  typeOf: (firstByte) => (firstByte >> 1) & 0x3f,
  isParameterSet: (type) => type >= VPS && type <= PPS,
  isKey: (type) => type >= FIRST_IRAP && type <= LAST_IRAP,
  isDelimiter: (type) => type === AUD,
  keyOfSet,
  parsePrivate,
  configure,
};

function keyOfSet(nal: Buffer): string {
  const type = typeOf(nal);
  const bits = new BitReader(rawBytes(nal.subarray(0, 128)), 'a parameter set of H.265');
  bits.skip(16);
  if (type === VPS) {
    return `${type} ${bits.bits(4)}`;
  }
  if (type === SPS) {
    skipProfile(bits);
  }
  return `${type} ${bits.unsigned()}`;
}

function typeOf(nal: Buffer): number {
  return HEVC.typeOf(nal[0] ?? 0);
}

/** HEVCDecoderConfigurationRecord, or parameter sets with start codes. */
function parsePrivate(data: Buffer): ParameterSets {
  const isSet = (nal: Buffer): boolean => HEVC.isParameterSet(typeOf(nal));
  if (data[0] !== 1) {
    const split = splitFrame(data, 'annexb');
    if (split?.packing !== 'annexb') {
      throw new ConversionError(
        'InvalidCodecData',
        'the codec private data of H.265 is neither an hvcC record nor parameter sets with start codes',
      );
    }
    return { nals: nalsOf(data, split.nals).filter(isSet), packing: 'annexb' };
  }
  const nals: Buffer[] = [];
  let at = RECORD_HEAD_BYTES + 1;
  const uint16 = (): number => {
    if (at + 2 > data.length) {
      throw new ConversionError('InvalidCodecData', 'the hvcC record of H.265 ends too early');
    }
    at += 2;
    return data.readUInt16BE(at - 2);
  };
  for (let arrays = data[RECORD_HEAD_BYTES] ?? 0; arrays > 0; arrays--) {
    at += 1;
    for (let count = uint16(); count > 0; count--) {
      const size = uint16();
      if (at + size > data.length) {
        throw new ConversionError('InvalidCodecData', 'the hvcC record of H.265 ends too early');
      }
      nals.push(data.subarray(at, at + size));
      at += size;
    }
  }
  return { nals: nals.filter(isSet), packing: (((data[21] ?? 0) & 3) + 1) as Packing };
}

function configure(nals: readonly Buffer[]): VideoConfiguration | undefined {
  const byType = [VPS, SPS, PPS].map((type) => nals.filter((nal) => typeOf(nal) === type));
  const sps = byType[1]?.[0];
  if (sps === undefined || byType.some((sets) => sets.length === 0)) {
    return undefined;
  }
  if (nals.some((nal) => nal.length > 0xffff) || nals.length > 0xff) {
    throw new ConversionError('InvalidCodecData', 'H.265 with more parameter sets than a file can hold');
  }
  const raw = rawBytes(sps);
  const parsed = parseSps(raw);
  const profile = raw.subarray(PROFILE_AT, PROFILE_AT + PROFILE_BYTES);
  const record = Buffer.concat([
    Buffer.from([1]),
    profile,
    Buffer.from([
      0xf0,
      0,
      0xfc,
      0xfc | parsed.chromaFormat,
      0xf8 | (parsed.lumaDepth - 8),
      0xf8 | (parsed.chromaDepth - 8),
      0,
      0,
      (parsed.temporalLayers << 3) | (parsed.temporalIdNested ? 4 : 0) | 3,
      byType.length,
    ]),
    ...byType.flatMap((sets, i) => [
      Buffer.from([0x80 | (VPS + i)]),
      uint16(sets.length),
      ...sets.flatMap((set) => [uint16(set.length), set]),
    ]),
  ]);
  return {
    kind: HEVC,
    record,
    boxes: { entry: 'hvc1', record: 'hvcC' },
    matroskaCodecId: 'V_MPEGH/ISO/HEVC',
    mimeType: 'video/H265',
    codec: codecOf(profile),
    sets: byType.flat(),
    width: parsed.width,
    height: parsed.height,
  };
}

/** ISO/IEC 14496-15, annex E.3. */
function codecOf(profile: Buffer): string {
  const first = profile[0] ?? 0;
  let compatibility = 0;
  const flags = profile.readUInt32BE(1);
  for (let i = 0; i < 32; i++) {
    compatibility = compatibility * 2 + ((flags >>> i) & 1);
  }
  const constraints = [...profile.subarray(5, 11)];
  while (constraints.at(-1) === 0) {
    constraints.pop();
  }
  return [
    'hvc1',
    `${PROFILE_SPACES[first >> 6] ?? ''}${first & 0x1f}`,
    compatibility.toString(16),
    `${(first & 0x20) === 0 ? 'L' : 'H'}${profile[11] ?? 0}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}

interface Sps {
  readonly width: number;
  readonly height: number;
  readonly chromaFormat: number;
  readonly lumaDepth: number;
  readonly chromaDepth: number;
  readonly temporalLayers: number;
  readonly temporalIdNested: boolean;
}

/** ISO/IEC 23008-2, section 7.3.2.2.1. */
function parseSps(raw: Buffer): Sps {
  const bits = new BitReader(raw, 'a sequence parameter set of H.265');
  bits.skip(16);
  const { temporalLayers, temporalIdNested } = skipProfile(bits);
  bits.unsigned();
  const chromaFormat = bits.unsigned();
  const separatePlanes = chromaFormat === 3 && bits.flag();
  const codedWidth = bits.unsigned();
  const codedHeight = bits.unsigned();
  const window = bits.flag()
    ? { left: bits.unsigned(), right: bits.unsigned(), top: bits.unsigned(), bottom: bits.unsigned() }
    : { left: 0, right: 0, top: 0, bottom: 0 };
  const cropX = !separatePlanes && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1;
  const cropY = !separatePlanes && chromaFormat === 1 ? 2 : 1;
  const width = codedWidth - cropX * (window.left + window.right);
  const height = codedHeight - cropY * (window.top + window.bottom);
  const lumaDepth = 8 + bits.unsigned();
  const chromaDepth = 8 + bits.unsigned();
  const sane = (side: number): boolean => side > 0 && side <= MAX_PIXELS_PER_SIDE;
  if (!sane(width) || !sane(height) || chromaFormat > 3 || lumaDepth > 15 || chromaDepth > 15) {
    throw new ConversionError('InvalidCodecData', 'a sequence parameter set of H.265 makes no sense');
  }
  return { width, height, chromaFormat, lumaDepth, chromaDepth, temporalLayers, temporalIdNested };
}

/** Up to the end of profile_tier_level (section 7.3.3). */
function skipProfile(bits: BitReader): { temporalLayers: number; temporalIdNested: boolean } {
  bits.skip(4);
  const subLayers = bits.bits(3);
  const temporalIdNested = bits.flag();
  bits.skip(PROFILE_BYTES * 8);
  const present = Array.from({ length: subLayers }, () => ({ profile: bits.flag(), level: bits.flag() }));
  if (subLayers > 0) {
    bits.skip(2 * (8 - subLayers));
  }
  for (const { profile, level } of present) {
    bits.skip((profile ? 88 : 0) + (level ? 8 : 0));
  }
  return { temporalLayers: subLayers + 1, temporalIdNested };
}

function uint16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
