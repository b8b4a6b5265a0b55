import { size } from '../../../testing/matroska-writer';
import { closingTags, errorChunk, errorTags, type ModelFragment } from './model-stream';
import type { Flaw, Landmark } from './scenario';

/** Bytes that are ready to be sent at a time. */
export interface Part {
  readonly from: number;
  readonly bytes: Buffer;
}

/** How a piece of a response is over before its chunk is. */
export type Interruption = 'end' | 'break' | 'stall' | 'next';

/** One fragment as it is sent once. */
export interface Piece {
  readonly fragment: ModelFragment;
  readonly flaw: Flaw | undefined;
  readonly parts: readonly Part[];
  /** What comes instead of the rest. */
  readonly then: Interruption | undefined;
  /** The chunk has its number, its closing tags and no damage: nothing excuses that it is not sent on. */
  readonly good: boolean;
  /** Bytes up to which the number has come; Infinity where it does not come. */
  readonly numberAt: number;
  /** Bytes from which an in-band error has come; Infinity without one. */
  readonly errorAt: number;
  /** The chunk's own bytes, without what lies before it. */
  readonly chunk: Buffer;
}

/** Of many chunks; one that claims them is not yet too large. */
const MANY_BYTES = 7_000;
/** Track number, time and flags. */
const BLOCK_HEAD_BYTES = 4;
const ZEROS = Buffer.alloc(24);
/** A Void element whose size lies: it claims 3,000 bytes of what follows. */
const LYING_VOID = Buffer.from('ec10000bb8', 'hex');
const GARBAGE = [
  ZEROS,
  Buffer.from('<html>503</html>'),
  Buffer.alloc(50, 0xff),
  Buffer.from('1a45df', 'hex'),
];

/** @param time before which the flaw has been met that often: those that grow cut further in */
export function makePiece(fragment: ModelFragment, flaw: Flaw | undefined, now: number, time = 0): Piece {
  const sections = sectionsOf(fragment, now);
  const media = fragment.plan.content !== 'no-cluster';
  const whole = (more: Partial<Piece> & { readonly sections?: Section[] } = {}): Piece => {
    const list = more.sections ?? sections;
    const numberAt = list.some(({ name }) => name === 'number') ? endOf(list, 'number') : Infinity;
    return {
      fragment,
      flaw,
      parts: list.map(({ from, bytes }) => ({ from, bytes })),
      then: undefined,
      good: true,
      numberAt,
      errorAt: Infinity,
      chunk: Buffer.concat(list.map(({ bytes }) => bytes)),
      ...more,
    };
  };
  if (flaw === undefined) {
    return whole();
  }
  switch (flaw.kind) {
    case 'end':
    case 'break':
    case 'stall': {
      const at = startOf(sections, flaw.at) + 3 + flaw.growing * time;
      return whole({
        sections: cutAt(sections, Math.min(at, lengthOf(sections) - 1)),
        then: flaw.kind,
        good: false,
      });
    }
    case 'next': {
      // Between two elements, or within the chunk's own first or last ones: cut within its media, nothing could tell the
      // bytes of the next chunk from those of a frame.
      const inside = flaw.at === 'header' || flaw.at === 'closing' ? 3 : 0;
      const sent = cutAt(sections, startOf(sections, flaw.at) + inside);
      return whole({ sections: sent, then: 'next', good: false });
    }
    case 'no-number':
      return whole({ sections: without(sections, 'number'), good: false });
    case 'no-tags':
      return whole({ sections: without(without(sections, 'number'), 'closing'), good: false });
    case 'damage': {
      const list = damaged(sections, flaw.at);
      const hidesNumber = flaw.at === 'header' || flaw.at === 'tracks' || flaw.at === 'number';
      return list.length === 0
        ? whole()
        : whole({ sections: list, good: false, ...(hidesNumber ? { numberAt: Infinity } : {}) });
    }
    case 'swallow':
    case 'huge':
      if (!media) {
        return whole();
      }
      return whole({
        sections: sections.map((section) =>
          section.isLastBlock
            ? {
                ...section,
                bytes: claimMore(section.bytes, fragment, flaw.kind === 'huge' ? 2 ** 30 : MANY_BYTES),
              }
            : section,
        ),
        good: false,
      });
    case 'garbage':
    case 'lying-void': {
      const garbage =
        flaw.kind === 'lying-void' ? LYING_VOID : (GARBAGE[flaw.times % GARBAGE.length] ?? ZEROS);
      const piece = whole();
      return {
        ...piece,
        parts: [{ from: fragment.begin, bytes: garbage }, ...piece.parts],
        numberAt: piece.numberAt + garbage.length,
      };
    }
    case 'error-beside-media': {
      if (!media) {
        return whole();
      }
      const at = sections.findIndex(({ name }) => name === 'closing');
      const error: Section = { name: 'tail', from: fragment.end, bytes: errorTags(flaw.ErrorId) };
      const list = [...sections.slice(0, at), error, ...sections.slice(at)];
      return whole({ sections: list, errorAt: endOf(list, 'tail') });
    }
    case 'error-alone': {
      const bytes = errorChunk(flaw.ErrorId, fragment.number);
      return {
        ...whole(),
        parts: [{ from: fragment.begin, bytes }],
        then: 'end',
        good: false,
        numberAt: Infinity,
        errorAt: bytes.length,
      };
    }
  }
}

interface Section {
  readonly name: Landmark;
  readonly from: number;
  readonly bytes: Buffer;
  readonly isFirst?: boolean;
  readonly isLastBlock?: boolean;
}

function sectionsOf({ begin, end, token, parts }: ModelFragment, now: number): Section[] {
  const { header, tracks, number, blocks } = parts;
  const closing = closingTags(token, Math.max(now, end) - begin);
  return [
    { name: 'header', from: begin, bytes: header, isFirst: true },
    { name: 'tracks', from: begin, bytes: tracks, isFirst: true },
    { name: 'number', from: begin, bytes: number, isFirst: true },
    ...blocks.map((bytes, index) => ({
      name: 'media' as const,
      from: begin + Math.floor(((end - begin) * index) / blocks.length),
      bytes,
      isFirst: index === 0,
      isLastBlock: index === blocks.length - 1,
    })),
    { name: 'closing', from: end, bytes: closing, isFirst: true },
  ];
}

function lengthOf(sections: readonly Section[]): number {
  return sections.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Where the landmark begins; the tail lies behind the first block. */
function startOf(sections: readonly Section[], landmark: Landmark): number {
  const at = sections.findIndex(({ name }) => name === landmark);
  if (at < 0) {
    // Before the last block, where there are several; else before the closing tags.
    const last = sections.findIndex(({ isLastBlock, isFirst }) => isLastBlock === true && isFirst !== true);
    return last >= 0
      ? lengthOf(sections.slice(0, last))
      : lengthOf(sections.filter(({ name }) => name !== 'closing'));
  }
  return lengthOf(sections.slice(0, at));
}

function endOf(sections: readonly Section[], landmark: Landmark): number {
  const at = sections.findIndex(({ name }) => name === landmark);
  return lengthOf(sections.slice(0, at + 1));
}

function cutAt(sections: readonly Section[], at: number): Section[] {
  const list: Section[] = [];
  let left = at;
  for (const section of sections) {
    if (left > 0) {
      list.push({ ...section, bytes: section.bytes.subarray(0, left) });
    }
    left -= section.bytes.length;
  }
  return list;
}

function without(sections: readonly Section[], landmark: Landmark): Section[] {
  return sections.filter(({ name }) => name !== landmark);
}

/** Overwrites the beginning of what is named; empty where the chunk has no such part. */
function damaged(sections: readonly Section[], landmark: Landmark): Section[] {
  if (landmark === 'tail') {
    const at = sections.length - 1;
    const from = sections[at]?.from ?? 0;
    return [...sections.slice(0, at), { name: 'tail', from, bytes: ZEROS }, ...sections.slice(at)];
  }
  return sections.some(({ name }) => name === landmark)
    ? sections.map((section) =>
        section.name === landmark && section.isFirst === true
          ? { ...section, bytes: Buffer.concat([ZEROS.subarray(0, 6), section.bytes.subarray(6)]) }
          : section,
      )
    : [];
}

/** The last block, whose size now has eight bytes and is too large by `more`. */
function claimMore(bytes: Buffer, { frames }: ModelFragment, more: number): Buffer {
  const content = (frames.at(-1)?.length ?? 0) + BLOCK_HEAD_BYTES;
  const start = bytes.length - content;
  const lie = size(content + more, 8);
  return Buffer.concat([bytes.subarray(0, start - size(content).length), lie, bytes.subarray(start)]);
}
