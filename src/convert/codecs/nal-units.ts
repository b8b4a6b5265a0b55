/**
 * The NAL units of a frame: where they lie in it, however the producer has packed them, and how they are written. A
 * frame is never changed: positions are taken, and the one copy is that into the output.
 */

/** Start and end of each NAL unit in the frame, in one flat list. */
export type NalUnits = readonly number[];

/** Bytes of a NAL unit's length in what we write, and of a start code. */
export const PREFIX_BYTES = 4;

/** Far above what a picture of any level has; each takes time and memory, and two bytes can be one. */
export const MOST_NAL_UNITS_IN_FRAME = 1_024;
const MOST_POSITIONS = 2 * MOST_NAL_UNITS_IN_FRAME;

const START_CODE = Buffer.from([0, 0, 1]);

export type Packing = 'annexb' | 1 | 2 | 3 | 4;

/** NAL units in one piece of memory. */
export interface NalPart {
  readonly data: Buffer;
  readonly nals: NalUnits;
  /** It is already what an MP4 or Matroska file holds: lengths of 4 bytes and nothing else. */
  readonly asIs: boolean;
}

export interface SplitFrame extends NalPart {
  readonly packing: Packing;
}

/**
 * Tells the packing of a frame by its bytes alone, since what the stream says of it is not to be trusted: lengths must
 * lead exactly to the end, start codes must stand at the beginning.
 *
 * @param likely what the frame before was, or what the codec private data says; tried first
 * @returns undefined for a frame that is neither, or has more than `MOST_NAL_UNITS_IN_FRAME`
 */
export function splitFrame(frame: Buffer, likely: Packing): SplitFrame | undefined {
  const split = splitAs(frame, likely);
  if (split !== undefined) {
    return split;
  }
  const others: readonly Packing[] = likely === 4 ? ['annexb'] : likely === 'annexb' ? [4] : [4, 'annexb'];
  for (const packing of others) {
    const other = splitAs(frame, packing);
    if (other !== undefined) {
      return other;
    }
  }
  return undefined;
}

function splitAs(frame: Buffer, packing: Packing): SplitFrame | undefined {
  return packing === 'annexb' ? splitAnnexB(frame) : splitLengths(frame, packing);
}

/** NAL units of length 0 and up to 3 zero bytes at the end are left out: the AWS producer SDK may write either. */
function splitLengths(frame: Buffer, lengthBytes: 1 | 2 | 3 | 4): SplitFrame | undefined {
  const end = frame.length;
  const nals: number[] = [];
  let asIs = lengthBytes === PREFIX_BYTES;
  let at = 0;
  while (end - at >= lengthBytes) {
    const size = frame.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    if (size > end - at || nals.length > MOST_POSITIONS) {
      return undefined;
    }
    if (size === 0) {
      asIs = false;
    } else {
      nals.push(at, at + size);
      at += size;
    }
  }
  for (; at < end; at++) {
    asIs = false;
    if (frame[at] !== 0) {
      return undefined;
    }
  }
  return isUsable(nals) ? { data: frame, nals, asIs, packing: lengthBytes } : undefined;
}

/** ISO/IEC 14496-10, annex B. Zero bytes around start codes belong to no NAL unit. */
function splitAnnexB(frame: Buffer): SplitFrame | undefined {
  let code = frame.indexOf(START_CODE);
  for (let i = 0; i < code; i++) {
    if (frame[i] !== 0) {
      return undefined;
    }
  }
  const nals: number[] = [];
  while (code >= 0 && nals.length <= MOST_POSITIONS) {
    const start = code + START_CODE.length;
    code = frame.indexOf(START_CODE, start);
    let end = code < 0 ? frame.length : code;
    while (end > start && frame[end - 1] === 0) {
      end -= 1;
    }
    if (end > start) {
      nals.push(start, end);
    }
  }
  return isUsable(nals) ? { data: frame, nals, asIs: false, packing: 'annexb' } : undefined;
}

function isUsable(nals: NalUnits): boolean {
  return nals.length > 0 && nals.length <= MOST_POSITIONS;
}

export function nalsOf(data: Buffer, nals: NalUnits): Buffer[] {
  const found: Buffer[] = [];
  for (let i = 0; i + 1 < nals.length; i += 2) {
    found.push(data.subarray(nals[i], nals[i + 1]));
  }
  return found;
}

/** What the NAL units need with 4 bytes before each. */
export function prefixedSize(nals: NalUnits): number {
  let size = 0;
  for (let i = 0; i + 1 < nals.length; i += 2) {
    size += PREFIX_BYTES + (nals[i + 1] ?? 0) - (nals[i] ?? 0);
  }
  return size;
}

/** Writes the NAL units with lengths of 4 bytes; gives the position after them. */
export function writeLengthPrefixed(data: Buffer, nals: NalUnits, target: Buffer, at: number): number {
  return write(data, nals, target, at, false);
}

/** Writes the NAL units with start codes of 4 bytes; gives the position after them. */
export function writeAnnexB(data: Buffer, nals: NalUnits, target: Buffer, at: number): number {
  return write(data, nals, target, at, true);
}

function write(data: Buffer, nals: NalUnits, target: Buffer, at: number, startCodes: boolean): number {
  let to = at;
  for (let i = 0; i + 1 < nals.length; i += 2) {
    const start = nals[i] ?? 0;
    const end = nals[i + 1] ?? 0;
    to = target.writeUInt32BE(startCodes ? 1 : end - start, to);
    to += data.copy(target, to, start, end);
  }
  return to;
}
