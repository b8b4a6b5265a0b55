/** Reads elements of Matroska that the reader hands on whole: a producer's TrackEntry, BlockGroup or Tags. */
import { Children, MalformedMediaError } from '../../matroska';

/** A child of an element, header included. */
export interface ElementView {
  readonly id: number;
  readonly bytes: Buffer;
  readonly content: Buffer;
}

/** Children at most of a TrackEntry, a BlockGroup and the elements in them; they have about thirty kinds. */
export const MOST_CHILDREN = 100;

/**
 * The children of an element, as views; what follows a child that cannot be read is left out, and what is beyond `most`.
 */
export function childrenOf(content: Buffer, most = MOST_CHILDREN): ElementView[] {
  const found: ElementView[] = [];
  forEachChild(content, most, (id, at, start, end) => {
    found.push({ id, bytes: content.subarray(at, end), content: content.subarray(start, end) });
  });
  return found;
}

/**
 * Calls back for each child, as `childrenOf` finds them, without a view of it.
 *
 * @param visit gets where a child begins, where its content begins, and where it ends
 */
export function forEachChild(
  content: Buffer,
  most: number,
  visit: (id: number, at: number, start: number, end: number) => void,
): void {
  const master = {
    id: 0,
    bytes: content,
    from: 0,
    to: content.length,
    offset: 0,
    around: '',
    reports: false,
  };
  const children = Children.of(master, { left: most });
  let at = 0;
  try {
    while (!children.isOverBudget && children.next()) {
      const { id, start, end } = children;
      visit(id, at, start, end);
      at = end;
    }
  } catch (error) {
    if (!(error instanceof MalformedMediaError)) {
      throw error;
    }
  }
}

/** The last child of the kind, among the first ones: each look-up reads all of them. */
export function childOf(content: Buffer | undefined, id: number, most = MOST_CHILDREN): Buffer | undefined {
  if (content === undefined) {
    return undefined;
  }
  let from = -1;
  let to = -1;
  forEachChild(content, most, (child, _at, start, end) => {
    if (child === id) {
      from = start;
      to = end;
    }
  });
  return from < 0 ? undefined : content.subarray(from, to);
}

/** The value of an unsigned integer below 2^48; undefined where there is none, or a larger one. */
export function uintOf(content: Buffer | undefined, id: number): number | undefined {
  const bytes = childOf(content, id);
  return bytes === undefined || bytes.length > 6
    ? undefined
    : bytes.length === 0
      ? 0
      : bytes.readUIntBE(0, bytes.length);
}

/** The value of a floating-point number; undefined where there is none. */
export function floatOf(content: Buffer | undefined, id: number): number | undefined {
  const bytes = childOf(content, id);
  switch (bytes?.length) {
    case 4:
      return bytes.readFloatBE(0);
    case 8:
      return bytes.readDoubleBE(0);
    default:
      return undefined;
  }
}
