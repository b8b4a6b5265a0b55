/** What the BlockGroups of a chunk say of their frames besides the frames themselves (RFC 9559, section 5.1.3.5). */
import type { Frame, FrameGroup } from '../../../matroska';
import { ID } from '../../input/element-ids';
import { forEachChild } from '../../input/elements';

export interface GroupExtras {
  readonly durationMs: number | undefined;
  /** Time of the frame that this one refers to, from this one's, ms; undefined where there is none. */
  readonly referenceMs: number | undefined;
  /** Elements that are copied as they are. */
  readonly elements: readonly Buffer[];
}

/** Of a BlockGroup, which has no more than ten kinds of children. */
const MOST_IN_GROUP = 16;

/** None of these counts in ticks of the segment. */
const COPIED: ReadonlySet<number> = new Set([
  ID.BlockAdditions,
  ID.DiscardPadding,
  ID.CodecState,
  ID.ReferencePriority,
]);

/** The extras of a chunk's frames, each to be taken once: a frame may become several samples. */
export interface Groups {
  take(index: number): GroupExtras | undefined;
}

export function groupsOf(frames: readonly Frame[]): Groups {
  const extras = new Map<number, GroupExtras>();
  for (let at = 0; at < frames.length;) {
    const group = frames[at]?.group;
    let end = at + 1;
    if (group !== undefined) {
      while (frames[end]?.group === group) {
        end += 1;
      }
      addGroup(extras, group, frames.slice(at, end));
    }
    at = end;
  }
  return {
    take(index) {
      if (extras.size === 0) {
        return undefined;
      }
      const found = extras.get(index);
      extras.delete(index);
      return found;
    },
  };
}

/** @param frames of the group's block, which are several where it is laced: padding and additions belong to the last one */
function addGroup(extras: Map<number, GroupExtras>, group: FrameGroup, frames: readonly Frame[]): void {
  const { durationMs, elements, referenceMs } = readGroup(group);
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
