/**
 * The NAL units of a frame: where they lie in it, however the producer has packed them, and how they are written. A
 * frame is never changed: positions are taken, and the one copy is that into the output.
 */
import { copyInSteps, finish, StepBudget, type Steps } from '../steps';
import { StartCodeScan } from './start-codes';

/** Start and end of each NAL unit in the frame, in one flat list. */
export type NalUnits = readonly number[];

/** Bytes of a NAL unit's length in what we write, and of a start code. */
export const PREFIX_BYTES = 4;

/** Far above what a picture of any level has; each takes time and memory, and two bytes can be one. */
export const MOST_NAL_UNITS_IN_FRAME = 1_024;
const MOST_POSITIONS = 2 * MOST_NAL_UNITS_IN_FRAME;
/** To search so much for start codes is a unit of work, and so much is searched at once. */
const SCANNED_BYTES_PER_UNIT = 1_024;
const SCANNED_BYTES = 1024 * 1024;

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
  return finish(splitFrameInSteps(frame, likely, new StepBudget()));
}

/** As `splitFrame`, for a frame that may be large: start codes are searched. */
export function* splitFrameInSteps(
  frame: Buffer,
  likely: Packing,
  budget: StepBudget,
): Steps<SplitFrame | undefined> {
  if (likely !== 'annexb') {
    return splitByLengths(frame, likely) ?? (yield* splitAnnexB(frame, budget));
  }
  return (yield* splitAnnexB(frame, budget)) ?? splitByLengths(frame, PREFIX_BYTES);
}

/** Splits a frame with lengths before its NAL units, of so many bytes as is likely, or of 4. */
export function splitByLengths(frame: Buffer, likely: Packing): SplitFrame | undefined {
  const split = likely === 'annexb' ? undefined : splitLengths(frame, likely);
  return split ?? (likely === PREFIX_BYTES ? undefined : splitLengths(frame, PREFIX_BYTES));
}

/** Those of the frame at hand, of which a list of the right length is made: one that grows takes room for many. */
const POSITIONS = new Array<number>(MOST_POSITIONS + 2).fill(0);

/** NAL units of length 0 and up to 3 zero bytes at the end are left out: the AWS producer SDK may write either. */
function splitLengths(frame: Buffer, lengthBytes: 1 | 2 | 3 | 4): SplitFrame | undefined {
  const end = frame.length;
  let asIs = lengthBytes === PREFIX_BYTES;
  let positions = 0;
  let at = 0;
  for (let count = 0; end - at >= lengthBytes; count++) {
    const size = frame.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    if (size > end - at || count > MOST_NAL_UNITS_IN_FRAME) {
      return undefined;
    }
    if (size === 0) {
      asIs = false;
    } else {
      POSITIONS[positions++] = at;
      at += size;
      POSITIONS[positions++] = at;
    }
  }
  for (; at < end; at++) {
    asIs = false;
    if (frame[at] !== 0) {
      return undefined;
    }
  }
  return isUsable(positions)
    ? { data: frame, nals: POSITIONS.slice(0, positions), asIs, packing: lengthBytes }
    : undefined;
}

function* splitAnnexB(frame: Buffer, budget: StepBudget): Steps<SplitFrame | undefined> {
  const scan = new StartCodeScan(frame, MOST_POSITIONS);
  let to = 0;
  do {
    const from = to;
    to = Math.min(from + SCANNED_BYTES, frame.length);
    if (budget.spend((to - from) / SCANNED_BYTES_PER_UNIT)) {
      yield;
    }
  } while (!scan.read(to));
  const { nals, hasFailed } = scan;
  return !hasFailed && isUsable(nals.length)
    ? { data: frame, nals, asIs: false, packing: 'annexb' }
    : undefined;
}

function isUsable(positions: number): boolean {
  return positions > 0 && positions <= MOST_POSITIONS;
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
export function writeAnnexB({ data, nals, asIs }: NalPart, target: Buffer, at: number): number {
  if (!asIs) {
    return write(data, nals, target, at, true);
  }
  // A start code is as long as a length: all is copied at once, and the start codes take the places of the lengths.
  const end = at + data.copy(target, at);
  for (let i = 0; i < nals.length; i += 2) {
    target.writeUInt32BE(1, at + (nals[i] ?? 0) - PREFIX_BYTES);
  }
  return end;
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

/** As `writeLengthPrefixed`, or with `startCodes` as `writeAnnexB`, for NAL units that may be large. */
export function* writeNalsInSteps(
  data: Buffer,
  nals: NalUnits,
  target: Buffer,
  at: number,
  startCodes: boolean,
  budget: StepBudget,
): Steps<number> {
  let to = at;
  for (let i = 0; i + 1 < nals.length; i += 2) {
    const start = nals[i] ?? 0;
    const end = nals[i + 1] ?? 0;
    to = target.writeUInt32BE(startCodes ? 1 : end - start, to);
    to = yield* copyInSteps(data, start, end, target, to, budget);
  }
  return to;
}
