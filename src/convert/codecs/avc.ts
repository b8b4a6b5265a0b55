/** H.264 parameter sets and decoder configuration (ISO/IEC 14496-10 section 7.3.2, ISO/IEC 14496-15 section 5.3.3). */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import { BitReader, bitsWithout, rawBytes } from './bit-reader';
import type { NalReader } from './nal-reader';
import { nalsOf, type Packing, splitFrame } from './nal-units';
import type { NalRole, ParameterSets, SliceHead, VideoConfiguration, VideoKind } from './parameter-sets';
import { readVui, type Vui } from './vui';

const IDR = 5;
const SPS = 7;
const PPS = 8;
/** By nal_unit_type (tables 7-1 and section 7.4.1.2.3); all others belong to the picture that they follow. */
const ROLES: ReadonlyMap<number, NalRole> = new Map([
  [1, 'slice'],
  [2, 'slice'],
  [IDR, 'slice'],
  [6, 'sei'],
  [SPS, 'set'],
  [PPS, 'set'],
  [9, 'delimiter'],
  ...[13, 14, 15, 16, 17, 18].map((type) => [type, 'before'] as const),
]);
const SET_HEAD_BYTES = 64;
/** slice_type 2 and 4, and 7 and 9, where all slices of the picture are such: I and SI. */
const INTRA_SLICES: ReadonlySet<number> = new Set([2, 4]);

/** Profiles whose sequence parameter sets say more of the samples, and whose configuration has to repeat it. */
const HIGH_PROFILES: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);
const BIPREDICTED = 1;
const MAX_SPS_ID = 31;
const MAX_PPS_ID = 255;
const MAX_PIXELS_PER_SIDE = 16_384;
/** By id: every picture names one, mostly the same. */
const PICTURE_SETS = Array.from({ length: MAX_PPS_ID + 1 }, (_, id) => `${PPS} ${id}`);

export const AVC: VideoKind = {
  name: 'H.264',
  headerBytes: 1,
  roleOf: (data, at) => ROLES.get((data[at] ?? 0) & 0x1f) ?? 'after',
  isKey: (data, at) => ((data[at] ?? 0) & 0x1f) === IDR,
  headOf,
  keyOfSet: (nal) => `${typeOf(nal)} ${idOf(nal).id}`,
  referenceOf: (set) => (typeOf(set) === PPS ? `${SPS} ${idOf(set).bits.unsigned()}` : undefined),
  withoutIds(set) {
    const { from, to } = idOf(set);
    return typeOf(set) === SPS ? bitsWithout(rawBytes(set), [[from, to]]) : undefined;
  },
  parsePrivate,
  configure,
};

function typeOf(nal: Buffer): number {
  return (nal[0] ?? 0) & 0x1f;
}

function idOf(set: Buffer): { id: number; from: number; to: number; bits: BitReader } {
  const isSps = typeOf(set) === SPS;
  const bits = new BitReader(rawBytes(set.subarray(0, SET_HEAD_BYTES)));
  bits.skip(isSps ? 32 : 8);
  const from = bits.position;
  const id = bits.unsigned();
  if (id > (isSps ? MAX_SPS_ID : MAX_PPS_ID)) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  return { id, from, to: bits.position, bits };
}

/** ISO/IEC 14496-10, section 7.3.3. */
function headOf(data: Buffer, at: number, end: number, bits: NalReader): SliceHead | undefined {
  try {
    bits.begin(data, at + 1, end);
    const address = bits.unsigned();
    const type = bits.unsigned() % 5;
    const id = bits.unsigned();
    const pictureSet = PICTURE_SETS[id] ?? `${PPS} ${id}`;
    return { address, pictureSet, isIntra: INTRA_SLICES.has(type), isReordered: type === BIPREDICTED };
  } catch (error) {
    if (error instanceof ConversionError) {
      return undefined;
    }
    throw error;
  }
}

/** AVCDecoderConfigurationRecord, or parameter sets with start codes. Reserved bits are not looked at. */
function parsePrivate(data: Buffer): ParameterSets {
  if (data[0] !== 1) {
    const split = splitFrame(data, 'annexb');
    if (split?.packing !== 'annexb') {
      throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
    }
    return { nals: nalsOf(data, split.nals).filter(isSet), packing: 'annexb' };
  }
  const nals: Buffer[] = [];
  let at = 6;
  const read = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const size = at + 2 <= data.length ? data.readUInt16BE(at) : Infinity;
      if (at + 2 + size > data.length) {
        throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
      }
      nals.push(data.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  };
  read((data[5] ?? 0) & 0x1f);
  const pictureSets = data[at] ?? 0;
  at += 1;
  read(pictureSets);
  return { nals: nals.filter(isSet), packing: (((data[4] ?? 0) & 3) + 1) as Packing };
}

function isSet(nal: Buffer): boolean {
  return typeOf(nal) === SPS || typeOf(nal) === PPS;
}

function configure(nals: readonly Buffer[]): VideoConfiguration | undefined {
  const sps = nals.filter((nal) => typeOf(nal) === SPS);
  const pps = nals.filter((nal) => typeOf(nal) === PPS);
  const first = sps[0];
  if (first === undefined || pps.length === 0) {
    return undefined;
  }
  if (sps.length > 31 || pps.length > 255 || nals.some((nal) => nal.length > 0xffff)) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataTooLarge', {}));
  }
  const { width, height, vui, chromaFormat, lumaDepth, chromaDepth } = parseSps(first);
  const profile = first[1] ?? 0;
  const list = (sets: readonly Buffer[]): Buffer[] => sets.flatMap((set) => [uint16(set.length), set]);
  const record = Buffer.concat([
    Buffer.from([1, profile, first[2] ?? 0, first[3] ?? 0, 0xff, 0xe0 | sps.length]),
    ...list(sps),
    Buffer.from([pps.length]),
    ...list(pps),
    ...(HIGH_PROFILES.has(profile)
      ? [Buffer.from([0xfc | chromaFormat, 0xf8 | (lumaDepth - 8), 0xf8 | (chromaDepth - 8), 0])]
      : []),
  ]);
  return {
    kind: AVC,
    record,
    boxes: { entry: 'avc1', record: 'avcC' },
    matroskaCodecId: 'V_MPEG4/ISO/AVC',
    mimeType: 'video/H264',
    codec: `avc1.${first.toString('hex', 1, 4)}`,
    sets: [...sps, ...pps],
    width,
    height,
    ...vui,
  };
}

interface Sps {
  readonly width: number;
  readonly height: number;
  readonly chromaFormat: number;
  readonly lumaDepth: number;
  readonly chromaDepth: number;
  readonly vui: Vui;
}

/** ISO/IEC 14496-10, section 7.3.2.1.1. */
function parseSps(nal: Buffer): Sps {
  const bits = new BitReader(rawBytes(nal));
  bits.skip(8);
  const profile = bits.bits(8);
  bits.skip(16);
  bits.unsigned();
  let chromaFormat = 1;
  let separatePlanes = false;
  let lumaDepth = 8;
  let chromaDepth = 8;
  if (HIGH_PROFILES.has(profile)) {
    chromaFormat = bits.unsigned();
    separatePlanes = chromaFormat === 3 && bits.flag();
    lumaDepth = 8 + bits.unsigned();
    chromaDepth = 8 + bits.unsigned();
    bits.skip(1);
    if (bits.flag()) {
      for (let i = 0; i < (chromaFormat === 3 ? 12 : 8); i++) {
        if (bits.flag()) {
          skipScalingList(bits, i < 6 ? 16 : 64);
        }
      }
    }
  }
  bits.unsigned();
  const orderType = bits.unsigned();
  if (orderType === 0) {
    bits.unsigned();
  } else if (orderType === 1) {
    bits.skip(1);
    bits.signed();
    bits.signed();
    const cycle = Math.min(bits.unsigned(), 255);
    for (let i = 0; i < cycle; i++) {
      bits.signed();
    }
  }
  bits.unsigned();
  bits.skip(1);
  const columns = bits.unsigned() + 1;
  const rows = bits.unsigned() + 1;
  const framesOnly = bits.flag();
  bits.skip(framesOnly ? 1 : 2);
  const crop = bits.flag()
    ? { left: bits.unsigned(), right: bits.unsigned(), top: bits.unsigned(), bottom: bits.unsigned() }
    : { left: 0, right: 0, top: 0, bottom: 0 };
  const subsampled = chromaFormat === 1 || chromaFormat === 2;
  const cropX = separatePlanes || !subsampled ? 1 : 2;
  const cropY = (chromaFormat === 1 && !separatePlanes ? 2 : 1) * (framesOnly ? 1 : 2);
  const width = columns * 16 - cropX * (crop.left + crop.right);
  const height = rows * 16 * (framesOnly ? 1 : 2) - cropY * (crop.top + crop.bottom);
  const sane = (side: number): boolean => side > 0 && side <= MAX_PIXELS_PER_SIDE;
  if (!sane(width) || !sane(height) || chromaFormat > 3 || lumaDepth > 15 || chromaDepth > 15) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  return { width, height, chromaFormat, lumaDepth, chromaDepth, vui: readVui(bits, nothing, 2) };
}

function nothing(): void {
  // Time follows at once.
}

function skipScalingList(bits: BitReader, size: number): void {
  let next = 8;
  for (let i = 0; i < size && next !== 0; i++) {
    next = (next + bits.signed() + 256) % 256;
  }
}

function uint16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
