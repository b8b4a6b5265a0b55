/**
 * Which frames decoding can begin at. For H.264 and H.265 the NAL units say (ITU-T H.264 table 7-1, H.265 table 7-1),
 * since many muxers set no key flag, or set it on every block; for other codecs the flag of the block decides.
 */
import type { SourceTrack } from './tracks';

/**
 * `key`: decoding can begin here. `lead`: no picture, so it belongs to the next one; `recovery`: the same, and decoding
 * can begin at that picture.
 */
export type FrameKind = 'key' | 'lead' | 'recovery' | 'other';

/** A block's frame and what its container says about it. */
export interface BlockFrame {
  readonly frame: Buffer;
  /** The block holds several frames. */
  readonly laced: boolean;
  /** The container's own flag. */
  readonly keyframe: boolean;
}

/** What tells a codec's NAL units apart. */
interface NalRules {
  /** Length of a NAL unit's own header. */
  readonly header: number;
  readonly type: (first: number) => number;
  readonly isPicture: (type: number) => boolean;
  readonly isRandomAccess: (type: number) => boolean;
  readonly sei: number;
  /** Where the configuration record says how long a NAL unit's length is. */
  readonly lengthSizeAt: number;
}

const H264: NalRules = {
  header: 1,
  type: (first) => first & 0x1f,
  isPicture: (type) => type >= 1 && type <= 5,
  isRandomAccess: (type) => type === 5,
  sei: 6,
  lengthSizeAt: 4,
};
const H265: NalRules = {
  header: 2,
  type: (first) => (first >> 1) & 0x3f,
  isPicture: (type) => type < 32,
  // BLA, IDR and CRA pictures.
  isRandomAccess: (type) => type >= 16 && type <= 21,
  sei: 39,
  lengthSizeAt: 21,
};
const RULES: Readonly<Record<string, NalRules>> = { 'V_MPEG4/ISO/AVC': H264, 'V_MPEGH/ISO/HEVC': H265 };

/** A message that names a point from which decoding recovers, as in streams without IDR pictures. */
const RECOVERY_POINT = 6;
/** A recovery point comes before the picture; no SEI of this length is searched to its end. */
const LONGEST_SEI = 4096;
const START_CODE = Buffer.of(0, 0, 1);

/** Says what a block of a track begins. */
export function frameKind(track: SourceTrack | undefined, { frame, laced, keyframe }: BlockFrame): FrameKind {
  const flagged = keyframe ? 'key' : 'other';
  const rules = track === undefined || track.encoded || laced ? undefined : RULES[track.codecId];
  if (track === undefined || rules === undefined) {
    return flagged;
  }
  let readable = false;
  let recovers = false;
  for (const nal of nalUnits(frame, rules, track.codecPrivate)) {
    const type = rules.type(nal[0] ?? 0);
    if (rules.isPicture(type)) {
      return rules.isRandomAccess(type) || recovers ? 'key' : 'other';
    }
    readable = true;
    recovers ||= type === rules.sei && hasRecoveryPoint(nal.subarray(rules.header, LONGEST_SEI));
  }
  // Where nothing of it can be read, the flag is all there is.
  return recovers ? 'recovery' : readable ? 'lead' : flagged;
}

/** The NAL units of a frame, in either form, up to the first that cannot be one. */
function* nalUnits(
  frame: Buffer,
  { header, lengthSizeAt }: NalRules,
  record: Buffer | undefined,
): Generator<Buffer> {
  if (
    record === undefined ||
    record.length <= lengthSizeAt ||
    /^(00)?000001/.test(record.toString('hex', 0, 4))
  ) {
    yield* byStartCodes(frame, header);
    return;
  }
  const width = ((record[lengthSizeAt] ?? 3) & 3) + 1;
  for (let offset = 0; offset + width + header <= frame.length;) {
    const length = frame.readUIntBE(offset, width);
    const begin = offset + width;
    if (length < header || begin + length > frame.length) {
      return;
    }
    yield frame.subarray(begin, begin + length);
    offset = begin + length;
  }
}

function* byStartCodes(frame: Buffer, header: number): Generator<Buffer> {
  for (let at = frame.indexOf(START_CODE); at >= 0;) {
    const begin = at + START_CODE.length;
    at = frame.indexOf(START_CODE, begin);
    const nal = frame.subarray(begin, at < 0 ? frame.length : at);
    if (nal.length >= header) {
      yield nal;
    }
  }
}

/** @param payload of an SEI NAL unit, with its emulation prevention bytes */
function hasRecoveryPoint(payload: Buffer): boolean {
  const bytes = payload.filter((byte, at) => !(byte === 3 && payload[at - 1] === 0 && payload[at - 2] === 0));
  let offset = 0;
  const next = (): number => {
    let value = 0;
    for (; bytes[offset] === 0xff; offset++) {
      value += 0xff;
    }
    value += bytes[offset] ?? 0;
    offset += 1;
    return value;
  };
  // The last byte is the payload's end marker.
  while (offset + 2 < bytes.length) {
    const type = next();
    const size = next();
    if (type === RECOVERY_POINT) {
      return true;
    }
    offset += size;
  }
  return false;
}
