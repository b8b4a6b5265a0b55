/** Groups the NAL units of a track's blocks into pictures: encoders hand on parameter sets or slices one by one, too. */
import type { Frame } from '../../matroska';
import { NalReader } from '../codecs/nal-reader';
import {
  MOST_NAL_UNITS_IN_FRAME,
  type NalPart,
  nalsOf,
  type Packing,
  splitByLengths,
  splitFrameInSteps,
} from '../codecs/nal-units';
import type { SliceHead, VideoKind } from '../codecs/parameter-sets';
import { replaceSets, type Sets } from '../codecs/set-store';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';

/** All of one picture. */
export interface AccessUnit {
  /** The block with its first slice. */
  readonly frame: Frame;
  readonly first: NalPart;
  /** Parts after the first; undefined where there are none. */
  more: NalPart[] | undefined;
  readonly head: SliceHead | undefined;
  /** Decoding can begin here, as the NAL units say. */
  readonly isKey: boolean;
  /** As they are at its first slice. */
  readonly sets: Sets;
}

/** What a chunk leaves to the next. */
export interface UnitState {
  readonly packing: Packing;
  readonly sets: Sets;
  /** NAL units of the next picture, in memory of their own. */
  readonly pending: readonly NalPart[];
}

const NO_SETS: readonly Buffer[] = [];
const RECOVERY_POINT = 6;
/** The number of a message's type or size goes on in the next byte. */
const LONGER = 0xff;
const MOST_SEI_BYTES = 4_096;
/** In the frames of a track in one chunk. The longest fragment, 60 pictures a second, has 32 each. */
const MOST_NAL_UNITS = 40_000;
/** How often the parameter sets change within a chunk. */
const MOST_SET_CHANGES = 2_000;
/** What may stand before a picture and come in the chunks before it. */
const MAX_PENDING_BYTES = 1024 * 1024;
/** Work to read a block, besides what is done for each of its NAL units. */
const UNITS_PER_BLOCK = 2;
const UNITS_PER_SET = 2;
const UNITS_PER_SET_CHANGE = 40;
const MESSAGE_BYTES_PER_UNIT = 256;

/**
 * Throws `ConversionError` for a block that holds no NAL units, and for more of anything than a chunk may have.
 *
 * @param mayBeKey gives only the pictures at which decoding can begin by their NAL units, and those of the frames that
 *   this is true for: slice heads of the others are not read. Absent: all pictures are given
 */
export function* accessUnits(
  kind: VideoKind,
  frames: readonly Frame[],
  before: UnitState,
  budget: StepBudget,
  mayBeKey?: (frame: Frame) => boolean,
): Steps<{ units: readonly AccessUnit[]; after: UnitState }> {
  let { packing, sets } = before;
  let pending: NalPart[] = [...before.pending];
  const reader = new NalReader();
  const block = new BlockContent(kind, reader);
  let isRecoveryPoint = false;
  for (const part of pending) {
    block.read(part);
    isRecoveryPoint ||= block.isRecoveryPoint;
  }
  const units: AccessUnit[] = [];
  let open: AccessUnit | undefined;
  /** The picture at hand is one that is not given. */
  let isPassing = false;
  let nalUnits = 0;
  let setChanges = 0;
  for (const frame of frames) {
    const { data } = frame;
    if (data.length === 0) {
      continue;
    }
    // Most frames have lengths before their NAL units: nothing is to be searched.
    const part =
      (packing === 'annexb' ? undefined : splitByLengths(data, packing)) ??
      (yield* splitFrameInSteps(data, packing, budget));
    if (part === undefined) {
      throw new ConversionError(
        'InvalidFrame',
        conversionStatement('conversion.notNalUnits', { frame: frame.index }),
      );
    }
    packing = part.packing;
    block.read(part);
    const known = sets;
    sets = block.sets.length === 0 ? sets : replaceSets(kind, sets, block.sets);
    const count = part.nals.length / 2;
    const changes = sets === known ? 0 : 1;
    nalUnits += count;
    setChanges += changes;
    if (nalUnits > MOST_NAL_UNITS || setChanges > MOST_SET_CHANGES) {
      throw new ConversionError(
        'ChunkTooLarge',
        nalUnits > MOST_NAL_UNITS
          ? conversionStatement('conversion.tooManyNalUnits', { most: MOST_NAL_UNITS })
          : conversionStatement('conversion.setsChange', { most: MOST_SET_CHANGES }),
      );
    }
    if (
      budget.spend(
        UNITS_PER_BLOCK +
          count +
          block.sets.length * UNITS_PER_SET +
          changes * UNITS_PER_SET_CHANGE +
          block.messageBytes / MESSAGE_BYTES_PER_UNIT,
      )
    ) {
      yield;
    }
    const joins = pending.length === 0 && !block.begins;
    if (block.sliceAt === undefined) {
      if (open !== undefined && joins) {
        addPart(open, part);
      } else if (!isPassing || !joins) {
        pending.push(part);
        isRecoveryPoint ||= block.isRecoveryPoint;
      }
      continue;
    }
    const isKey = block.isKey || block.isRecoveryPoint || isRecoveryPoint;
    const isGiven = isKey || mayBeKey === undefined || mayBeKey(frame);
    const mayJoin = open !== undefined && joins && open.frame.timecodeMs === frame.timecodeMs;
    const head = isGiven || mayJoin ? kind.headOf(data, block.sliceAt, block.sliceEnd, reader) : undefined;
    if (open !== undefined && mayJoin && isSamePicture(open, head)) {
      addPart(open, part);
      continue;
    }
    isPassing = !isGiven;
    if (isPassing) {
      open = undefined;
      pending = [];
      isRecoveryPoint = false;
      continue;
    }
    open = { frame, first: part, more: undefined, head, isKey, sets };
    if (pending.length > 0) {
      const [first = part, ...more] = pending;
      open = { frame, first, more: [...more, part], head, isKey, sets };
      pending = [];
    }
    units.push(open);
    isRecoveryPoint = false;
  }
  assertFewPending(pending);
  return { units, after: { packing, sets, pending: pending.map(copyPart) } };
}

/** What the NAL units of a block are. One object serves all blocks of a chunk. */
class BlockContent {
  sets: readonly Buffer[] = NO_SETS;
  /** Where the first slice begins and ends; undefined where there is none. */
  sliceAt: number | undefined;
  sliceEnd = 0;
  isKey = false;
  isRecoveryPoint = false;
  /** Something stands before its first slice that begins a picture. */
  begins = false;
  /** Bytes of messages that were read. */
  messageBytes = 0;

  constructor(
    private readonly kind: VideoKind,
    private readonly reader: NalReader,
  ) {}

  read({ data, nals }: NalPart): void {
    const { kind } = this;
    let sets: Buffer[] | undefined;
    this.sliceAt = undefined;
    this.isRecoveryPoint = false;
    this.begins = false;
    this.messageBytes = 0;
    for (let i = 0; i + 1 < nals.length; i += 2) {
      const at = nals[i] ?? 0;
      const end = nals[i + 1] ?? at;
      const role = kind.roleOf(data, at);
      if (role === 'set') {
        sets ??= [];
        sets.push(data.subarray(at, end));
      }
      if (this.sliceAt !== undefined) {
        continue;
      }
      if (role === 'slice') {
        this.sliceAt = at;
        this.sliceEnd = end;
      } else {
        this.begins ||= role !== 'after';
        if (role === 'sei') {
          this.#readMessages(data, at + kind.headerBytes, end);
        }
      }
    }
    this.sets = sets ?? NO_SETS;
    this.isKey = this.sliceAt !== undefined && kind.isKey(data, this.sliceAt);
  }

  #readMessages(data: Buffer, from: number, end: number): void {
    const to = Math.min(end, from + MOST_SEI_BYTES);
    this.messageBytes += to - from;
    if (!this.isRecoveryPoint && !isOneOtherMessage(data, from, to)) {
      this.reader.begin(data, from, to);
      this.isRecoveryPoint = saysRecoveryPoint(this.reader);
    }
  }
}

function addPart(unit: AccessUnit, part: NalPart): void {
  unit.more ??= [];
  unit.more.push(part);
}

/** What belongs to no picture is kept for the next one, but not without end. */
function assertFewPending(pending: readonly NalPart[]): void {
  const count = pending.reduce((sum, { nals }) => sum + nals.length / 2, 0);
  const bytes = pending.reduce((sum, { data }) => sum + data.length, 0);
  if (count > MOST_NAL_UNITS_IN_FRAME || bytes > MAX_PENDING_BYTES) {
    throw new ConversionError('InvalidFrame', conversionStatement('conversion.strayNalUnits', {}));
  }
}

/** A slice that is not a picture's first belongs to the one before, of the same time. */
function isSamePicture(open: AccessUnit, head: SliceHead | undefined): boolean {
  return head !== undefined && head.address > 0 && open.head?.pictureSet === head.pictureSet;
}

/** Nearly always there is one message, and nothing but the stop bit after it. */
function isOneOtherMessage(data: Buffer, from: number, to: number): boolean {
  const type = data[from] ?? RECOVERY_POINT;
  const size = data[from + 1] ?? LONGER;
  return (
    to - from > 2 && type !== RECOVERY_POINT && type !== LONGER && size !== LONGER && from + size + 3 >= to
  );
}

/** ISO/IEC 14496-10 section 7.3.2.3, ISO/IEC 23008-2 section 7.3.2.4: the payload type is the same in both. */
function saysRecoveryPoint(sei: NalReader): boolean {
  while (!sei.isAtStop()) {
    if (readNumber(sei) === RECOVERY_POINT) {
      return true;
    }
    const size = readNumber(sei);
    if (size + 1 >= sei.left) {
      return false;
    }
    for (let left = size; left > 0 && !sei.isAtStop(); left--) {
      sei.byte();
    }
  }
  return false;
}

/** Of bytes that are added up: all but the last are 255. */
function readNumber(sei: NalReader): number {
  let value = 0;
  while (!sei.isAtStop()) {
    const byte = sei.byte();
    value += byte;
    if (byte !== LONGER) {
      break;
    }
  }
  return value;
}

function copyPart({ data, nals }: NalPart): NalPart {
  const pieces = nalsOf(data, nals);
  const own = Buffer.concat(pieces);
  const positions: number[] = [];
  let at = 0;
  for (const { length } of pieces) {
    positions.push(at, (at += length));
  }
  return { data: own, nals: positions, asIs: false };
}
