/** H.265 parameter sets and decoder configuration (ISO/IEC 23008-2 section 7.3.2, ISO/IEC 14496-15 section 8.3.3). */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import { BitReader, bitsWithout, rawBytes } from './bit-reader';
import { readHevcVui } from './hevc-vui';
import type { NalReader } from './nal-reader';
import { MOST_NAL_UNITS_IN_FRAME, nalsOf, type Packing, splitFrame } from './nal-units';
import type { NalRole, ParameterSets, SliceHead, VideoConfiguration, VideoKind } from './parameter-sets';
import type { Vui } from './vui';

/** Intra random access points: BLA, IDR and CRA. */
const FIRST_IRAP = 16;
const LAST_IRAP = 21;
const VPS = 32;
const SPS = 33;
const PPS = 34;
const FIRST_RESERVED_SLICE = 24;
/** By nal_unit_type (table 7-1 and section 7.4.2.4.4); all others belong to the picture that they follow. */
const ROLES: ReadonlyMap<number, NalRole> = new Map([
  ...Array.from({ length: FIRST_RESERVED_SLICE }, (_, type) => [type, 'slice'] as const),
  [VPS, 'set'],
  [SPS, 'set'],
  [PPS, 'set'],
  [35, 'delimiter'],
  [39, 'sei'],
  ...[41, 42, 43, 44, 48, 49, 50, 51, 52, 53, 54, 55].map((type) => [type, 'before'] as const),
]);
const HEADER_BYTES = 2;
const SET_HEAD_BYTES = 128;

const MAX_SPS_ID = 15;
const MAX_PPS_ID = 63;

/** By id: every picture names one, mostly the same. */
const PICTURE_SETS = Array.from({ length: MAX_PPS_ID + 1 }, (_, id) => `${PPS} ${id}`);

const RECORD_HEAD_BYTES = 22;
const MAX_PIXELS_PER_SIDE = 16_384;
/** general_profile_space, general_tier_flag … general_level_idc. */
const PROFILE_BYTES = 12;
const PROFILE_AT = 3;
const PROFILE_SPACES = ['', 'A', 'B', 'C'];

export const HEVC: VideoKind = {
  name: 'H.265',
  headerBytes: HEADER_BYTES,
  roleOf,
  isKey(data, at) {
    const type = ((data[at] ?? 0) >> 1) & 0x3f;
    return type >= FIRST_IRAP && type <= LAST_IRAP;
  },
  headOf,
  keyOfSet: (nal) => `${typeOf(nal)} ${idOf(nal).id}`,
  referenceOf(set) {
    switch (typeOf(set)) {
      case PPS:
        return `${SPS} ${idOf(set).bits.unsigned()}`;
      case SPS:
        return `${VPS} ${new BitReader(set).bits(20) & 15}`;
      default:
        return undefined;
    }
  },
  withoutIds(set) {
    const { from, to } = idOf(set);
    const vpsId = [16, 20] as const;
    return typeOf(set) === PPS
      ? undefined
      : bitsWithout(rawBytes(set), typeOf(set) === VPS ? [vpsId] : [vpsId, [from, to]]);
  },
  parsePrivate,
  configure,
};

/** Of other layers nothing is decoded: their pictures follow the one of the base layer, their sets are passed on. */
function roleOf(data: Buffer, at: number): NalRole {
  const role = ROLES.get(((data[at] ?? 0) >> 1) & 0x3f) ?? 'after';
  const isBaseLayer = ((data[at] ?? 0) & 1) === 0 && (data[at + 1] ?? 0) >> 3 === 0;
  return isBaseLayer || role === 'after' ? role : role === 'slice' ? 'after' : 'before';
}

function typeOf(nal: Buffer): number {
  return ((nal[0] ?? 0) >> 1) & 0x3f;
}

function idOf(set: Buffer): { id: number; from: number; to: number; bits: BitReader } {
  const type = typeOf(set);
  const bits = new BitReader(rawBytes(set.subarray(0, SET_HEAD_BYTES)));
  bits.skip(16);
  if (type === SPS) {
    skipProfile(bits);
  }
  const from = bits.position;
  const id = type === VPS ? bits.bits(4) : bits.unsigned();
  if (id > (type === PPS ? MAX_PPS_ID : MAX_SPS_ID)) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  return { id, from, to: bits.position, bits };
}

/** ISO/IEC 23008-2, section 7.3.6.1. Slices with an address are not looked at as far as that. */
function headOf(data: Buffer, at: number, end: number, bits: NalReader): SliceHead | undefined {
  try {
    bits.begin(data, at + HEADER_BYTES, end);
    const address = bits.bit() === 1 ? 0 : 1;
    const type = ((data[at] ?? 0) >> 1) & 0x3f;
    if (type >= FIRST_IRAP && type < FIRST_RESERVED_SLICE) {
      bits.bit();
    }
    const id = bits.unsigned();
    return { address, pictureSet: PICTURE_SETS[id] ?? `${PPS} ${id}`, isIntra: false, isReordered: true };
  } catch (error) {
    if (error instanceof ConversionError) {
      return undefined;
    }
    throw error;
  }
}

/** HEVCDecoderConfigurationRecord, or parameter sets with start codes. */
function parsePrivate(data: Buffer): ParameterSets {
  const isSet = (nal: Buffer): boolean => roleOf(nal, 0) === 'set';
  if (hasStartCode(data)) {
    const split = splitFrame(data, 'annexb');
    if (split?.packing !== 'annexb') {
      throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
    }
    return { nals: nalsOf(data, split.nals).filter(isSet), packing: 'annexb' };
  }
  const nals: Buffer[] = [];
  let at = RECORD_HEAD_BYTES + 1;
  const uint16 = (): number => {
    if (at + 2 > data.length) {
      throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
    }
    at += 2;
    return data.readUInt16BE(at - 2);
  };
  for (let arrays = data[RECORD_HEAD_BYTES] ?? 0; arrays > 0; arrays--) {
    at += 1;
    for (let count = uint16(); count > 0; count--) {
      const size = uint16();
      if (at + size > data.length) {
        throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
      }
      if (nals.length === MOST_NAL_UNITS_IN_FRAME) {
        throw new ConversionError(
          'InvalidCodecData',
          conversionStatement('conversion.codecDataTooLarge', {}),
        );
      }
      nals.push(data.subarray(at, at + size));
      at += size;
    }
  }
  return { nals: nals.filter(isSet), packing: (((data[21] ?? 0) & 3) + 1) as Packing };
}

/** A record begins with its version, which some muxers left at 0, and with a profile; a start code with two zeros. */
function hasStartCode(data: Buffer): boolean {
  return data.length < RECORD_HEAD_BYTES || (data[0] === 0 && data[1] === 0 && (data[2] ?? 0) <= 1);
}

function configure(nals: readonly Buffer[]): VideoConfiguration | undefined {
  const byType = [VPS, SPS, PPS].map((type) => nals.filter((nal) => typeOf(nal) === type));
  const sps = byType[1]?.[0];
  if (sps === undefined || byType.some((sets) => sets.length === 0)) {
    return undefined;
  }
  if (nals.some((nal) => nal.length > 0xffff) || nals.length > 0xff) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataTooLarge', {}));
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
    ...parsed.vui,
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
  readonly vui: Vui;
}

/** ISO/IEC 23008-2, section 7.3.2.2.1. */
function parseSps(raw: Buffer): Sps {
  const bits = new BitReader(raw);
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
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  const vui = readHevcVui(bits, temporalLayers);
  return { width, height, chromaFormat, lumaDepth, chromaDepth, temporalLayers, temporalIdNested, vui };
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
