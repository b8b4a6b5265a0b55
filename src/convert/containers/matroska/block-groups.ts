/** What the BlockGroups of a chunk say of their frames besides the frames themselves (RFC 9559, section 5.1.3.5). */
import type { Frame, FrameGroup } from '../../../matroska';
import { ID } from '../../input/element-ids';
import { forEachChild } from '../../input/elements';
import { copyInSteps, type StepBudget, type Steps } from '../../steps';
import { INT_BYTES, SMALL_HEADER_BYTES, uintBytes, writeInt, writeUint } from './ebml-writer';

export interface GroupExtras {
  readonly durationMs: number | undefined;
  /** Time of the frame that this one refers to, from this one's, ms; undefined where there is none. */
  readonly referenceMs: number | undefined;
  /** Elements that are copied as they are. */
  readonly elements: readonly Buffer[];
}

/** What follows a block in its BlockGroup. */
export interface GroupTail extends GroupExtras {
  /** Once written. */
  readonly bytes: number;
}

/** Children of a BlockGroup at most; it has no more than ten kinds. */
const MOST_IN_GROUP = 16;

/** None of these counts in ticks of the segment. */
const COPIED: ReadonlySet<number> = new Set([
  ID.BlockAdditions,
  ID.DiscardPadding,
  ID.CodecState,
  ID.ReferencePriority,
]);

/** Work to read a group. */
const UNITS_PER_GROUP = 6;

/** The extras of a chunk's frames, each to be taken once: a frame may become several samples. */
export interface Groups {
  take(index: number): GroupExtras | undefined;
}

/** Undefined where no group says more than its frames. */
export function* groupsOf(frames: readonly Frame[], budget: StepBudget): Steps<Groups | undefined> {
  const extras = new Map<number, GroupExtras>();
  for (let at = 0; at < frames.length;) {
    const group = frames[at]?.group;
    let end = at + 1;
    if (group !== undefined) {
      while (frames[end]?.group === group) {
        end += 1;
      }
      addGroup(extras, readGroup(group), frames.slice(at, end));
      if (budget.spend(UNITS_PER_GROUP)) {
        yield;
      }
    }
    at = end;
  }
  return extras.size === 0
    ? undefined
    : {
        take(index) {
          const found = extras.get(index);
          extras.delete(index);
          return found;
        },
      };
}

/** @param frames of the group's block, which are several where it is laced: padding and additions belong to the last one */
function addGroup(
  extras: Map<number, GroupExtras>,
  { durationMs, elements, referenceMs }: GroupExtras,
  frames: readonly Frame[],
): void {
  for (const [i, { index }] of frames.entries()) {
    const own = i === frames.length - 1 ? elements : [];
    if (durationMs !== undefined || own.length > 0) {
      const each = durationMs === undefined ? undefined : durationMs / frames.length;
      extras.set(index, { durationMs: each, referenceMs, elements: own });
    }
  }
}

function readGroup({ content, msPerTick }: FrameGroup): GroupExtras {
  let durationMs: number | undefined;
  let referenceMs: number | undefined;
  const elements: Buffer[] = [];
  forEachChild(content, MOST_IN_GROUP, (id, at, start, end) => {
    const length = end - start;
    if (id === ID.BlockDuration && length <= 6) {
      durationMs = (length === 0 ? 0 : content.readUIntBE(start, length)) * msPerTick;
    } else if (id === ID.ReferenceBlock && length <= 6) {
      referenceMs ??= (length === 0 ? 0 : content.readIntBE(start, length)) * msPerTick;
    } else if (COPIED.has(id)) {
      elements.push(content.subarray(at, end));
    }
  });
  return { durationMs, referenceMs, elements };
}

/** What a file holds at most, ms; no frame lasts as long. */
const MAX_MS = 2 ** 47 - 1;

/**
 * Chooses what follows the Block in its BlockGroup. RFC 9559, section 5.1.3.5.5: a group without ReferenceBlock is a key
 * frame. So a frame that is none and names no other frame gets a reference to the one before it.
 *
 * @param previousMs time of the frame before, from this one's
 */
export function groupTail(
  { durationMs, referenceMs, elements }: GroupExtras,
  isKeyframe: boolean,
  previousMs: number,
): GroupTail {
  const duration = durationMs === undefined ? undefined : Math.round(Math.min(durationMs, MAX_MS));
  const isFar = referenceMs === undefined || Math.abs(referenceMs) > MAX_MS;
  const reference = isKeyframe ? undefined : Math.round(isFar ? previousMs : referenceMs);
  return {
    durationMs: duration,
    referenceMs: reference,
    elements,
    bytes: elements.reduce(
      (sum, { length }) => sum + length,
      (duration === undefined ? 0 : SMALL_HEADER_BYTES + uintBytes(duration)) +
        (reference === undefined ? 0 : SMALL_HEADER_BYTES + INT_BYTES),
    ),
  };
}

/** Gives the position after it. */
export function* writeGroupTail(
  { durationMs, referenceMs, elements }: GroupTail,
  target: Buffer,
  from: number,
  budget: StepBudget,
): Steps<number> {
  let at = durationMs === undefined ? from : writeUint(target, from, ID.BlockDuration, durationMs);
  at = referenceMs === undefined ? at : writeInt(target, at, ID.ReferenceBlock, referenceMs);
  for (const element of elements) {
    at = yield* copyInSteps(element, 0, element.length, target, at, budget);
  }
  return at;
}
