/** What may stand where in a chunk, and how much of it: for each element says what is to be done with it. */
import { UNKNOWN_SIZE } from './ebml';
import type { ElementScanner } from './element-scanner';
import {
  BLOCK,
  BLOCK_DURATION,
  BLOCK_GROUP,
  CLUSTER,
  EBML,
  GLOBAL,
  INFO,
  isKnown,
  LEVEL_1,
  REFERENCE_BLOCK,
  SEGMENT,
  SIMPLE_BLOCK,
  SIMPLE_TAG,
  TAG,
  TAGS,
  TIMESTAMP,
  TRACKS,
} from './ids';
import { contentLimits, type Limits } from './limits';
import { Level, type Nesting } from './nesting';
import type { ViolationDetail } from './violation-statements';
import { describeViolation, Violation } from './violations';

/** What is to be done with an element; numbers when compiled. */
export const enum ElementAction {
  /** Its children are read next. */
  ENTER = 1,
  SKIP,
  /** Skipped like others, but says that the frames of its BlockGroup depend on other ones. */
  SKIP_REFERENCE,
  /** Its content is read as a whole. */
  COLLECT,
  TAKE_BLOCK,
  /** An EBML header, which ends whatever is open. */
  NEW_CHUNK,
  /** With it the chunk is beyond its limit. */
  CHUNK_TOO_LARGE,
}

/** What the grammar says of an element. */
export type Verdict = ElementAction | Violation;

/** What is to be done with the elements at one level: those listed, and all others. */
interface Rules {
  readonly listed: ReadonlyMap<number, Verdict>;
  readonly others: Verdict;
}

type Rule = readonly [id: number, verdict: Verdict];

const each = (ids: Iterable<number>, action: Verdict): Rule[] => Array.from(ids, (id): Rule => [id, action]);

const rules = (others: Verdict, ...listed: readonly Rule[]): Rules => ({
  listed: new Map<number, Verdict>([[EBML, ElementAction.NEW_CHUNK], ...listed]),
  others,
});

const MEDIA: readonly Rule[] = [
  [SIMPLE_BLOCK, ElementAction.TAKE_BLOCK],
  [BLOCK_GROUP, ElementAction.ENTER],
  [TIMESTAMP, ElementAction.COLLECT],
];
const NO_TAG: readonly Rule[] = each([SEGMENT, ...LEVEL_1], Violation.SEGMENT_CHILD_IN_TAGS);
const GROUP: readonly Rule[] = [
  [BLOCK, ElementAction.TAKE_BLOCK],
  [BLOCK_DURATION, ElementAction.COLLECT],
  [REFERENCE_BLOCK, ElementAction.SKIP_REFERENCE],
];

/** A Cluster of unknown size has one rule more: an element of the Segment ends it. */
const TABLE: Readonly<Record<Level, Rules>> = {
  [Level.BETWEEN_CHUNKS]: rules(Violation.NO_EBML_HEADER, ...each(GLOBAL, ElementAction.SKIP)),
  [Level.AFTER_HEADER]: rules(
    Violation.NO_SEGMENT,
    ...each(GLOBAL, ElementAction.SKIP),
    [SEGMENT, ElementAction.ENTER],
    [EBML, Violation.HEADER_AFTER_HEADER],
  ),
  [Level.AFTER_SEGMENT]: rules(Violation.NO_SEGMENT, ...each(GLOBAL, ElementAction.SKIP)),
  [Level.IN_SEGMENT]: rules(
    ElementAction.SKIP,
    [INFO, ElementAction.COLLECT],
    [TRACKS, ElementAction.COLLECT],
    [TAGS, ElementAction.ENTER],
    [CLUSTER, ElementAction.ENTER],
    [SEGMENT, Violation.SEGMENT_IN_SEGMENT],
  ),
  [Level.AFTER_CHUNK]: rules(
    Violation.RUBBISH_AFTER_CHUNK,
    ...each([...LEVEL_1, ...GLOBAL], ElementAction.SKIP),
    [TAGS, ElementAction.ENTER],
    [CLUSTER, Violation.MEDIA_AFTER_CHUNK],
    [SEGMENT, Violation.SEGMENT_IN_SEGMENT],
  ),
  [Level.IN_CLUSTER]: rules(ElementAction.SKIP, ...MEDIA),
  [Level.IN_SIZED_CLUSTER]: rules(ElementAction.SKIP, ...MEDIA),
  [Level.IN_GROUP]: rules(ElementAction.SKIP, ...GROUP),
  [Level.AFTER_BLOCK]: rules(ElementAction.SKIP, ...GROUP, [BLOCK, Violation.TWO_BLOCKS]),
  [Level.IN_TAGS]: rules(ElementAction.SKIP, ...NO_TAG, [TAG, ElementAction.ENTER]),
  [Level.IN_TAG]: rules(ElementAction.SKIP, ...NO_TAG, [SIMPLE_TAG, ElementAction.COLLECT]),
};

export class ChunkGrammar {
  /** Elements of the open chunk within its Segment so far. */
  elements = 0;

  readonly #contentLimits: ReadonlyMap<number, number>;

  constructor(
    private readonly nesting: Nesting,
    readonly limits: Limits,
    readonly maxChunkBytes: number,
  ) {
    this.#contentLimits = contentLimits(limits, maxChunkBytes);
  }

  /** How large the element's content may be; Infinity where it is not read as a whole. */
  allowedBytes(id: number): number {
    return this.#contentLimits.get(id) ?? Infinity;
  }

  openChunk(): void {
    this.elements = 0;
    this.nesting.openChunk();
  }

  /**
   * Gives the action for an element whose header has been read, or the violation that it is.
   *
   * @param start offset of the open chunk, or else of what follows the last one
   */
  judge(element: ElementScanner, start: number): Verdict {
    const { id, size, contentEnd } = element;
    const { nesting, limits } = this;
    if (size === UNKNOWN_SIZE && id !== SEGMENT && id !== CLUSTER) {
      return Violation.UNKNOWN_SIZE_NOT_ALLOWED;
    }
    const { level } = nesting;
    const { listed, others } = TABLE[level];
    const verdict = listed.get(id) ?? others;
    if (id === EBML) {
      return verdict;
    }
    if (contentEnd > nesting.end) {
      return Violation.BEYOND_PARENT;
    }
    const bytes = contentEnd - start;
    if (level <= Level.AFTER_SEGMENT) {
      const room = level === Level.BETWEEN_CHUNKS ? limits.trailerBytes : this.maxChunkBytes;
      return verdict === ElementAction.SKIP && bytes > room ? others : verdict;
    }
    if (level === Level.AFTER_CHUNK) {
      if (bytes > limits.trailerBytes) {
        return Violation.TRAILER_TOO_LARGE;
      }
    } else if (++this.elements > limits.elements) {
      return Violation.TOO_MANY_ELEMENTS;
    } else if (bytes > this.maxChunkBytes) {
      // An element that cannot be so large is at fault itself.
      return size > this.allowedBytes(id) || !isKnown(id)
        ? Violation.ELEMENT_TOO_LARGE
        : ElementAction.CHUNK_TOO_LARGE;
    }
    const endsCluster = level === Level.IN_CLUSTER && verdict === ElementAction.SKIP && LEVEL_1.has(id);
    return this.#checkSize(element, endsCluster ? this.#leaveCluster(element) : verdict);
  }

  /** Its children are next. */
  enter({ id, size, contentEnd }: ElementScanner): void {
    switch (id) {
      case SEGMENT:
        this.nesting.enterSegment(size, contentEnd);
        break;
      case CLUSTER:
        this.nesting.enterCluster(size, contentEnd);
        break;
      case TAGS:
        this.nesting.enterTags(contentEnd);
        break;
      case TAG:
        this.nesting.enterTag(contentEnd);
        break;
      default:
        this.nesting.enterGroup(contentEnd);
    }
  }

  describe(violation: Violation, { id, size }: ElementScanner): ViolationDetail {
    return describeViolation(violation, size, this.allowedBytes(id), this.limits);
  }

  /** The action for an element that is read as a whole: `COLLECT`, or the violation that it is too large. */
  judgeContent({ id, size }: ElementScanner): Verdict {
    return size > this.allowedBytes(id) ? Violation.CONTENT_TOO_LARGE : ElementAction.COLLECT;
  }

  /** The action, or a violation where the size is not one for it. */
  #checkSize(element: ElementScanner, verdict: Verdict): Verdict {
    const { id, size } = element;
    switch (verdict) {
      case ElementAction.SKIP:
      case ElementAction.SKIP_REFERENCE:
        if (size === UNKNOWN_SIZE) {
          return Violation.UNKNOWN_SIZE_NOT_ALLOWED;
        }
        return size > this.limits.unknownBytes && !isKnown(id)
          ? Violation.UNKNOWN_ELEMENT_TOO_LARGE
          : verdict;
      case ElementAction.COLLECT:
        return this.judgeContent(element);
      default:
        return verdict;
    }
  }

  /** Gives the action for the element in the Segment. */
  #leaveCluster({ id, start }: ElementScanner): Verdict {
    this.nesting.leave(start);
    const { listed, others } = TABLE[Level.IN_SEGMENT];
    return listed.get(id) ?? others;
  }
}
