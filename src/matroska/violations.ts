/** What may be wrong with an element: numbers, since the grammar gives one for every element, and their names. */
import type { Limits } from './limits';
import type { ViolationDetail, ViolationName } from './violation-statements';

/** Numbers when compiled; all but `NONE` from 100 on, so that they cannot be taken for an action of the grammar. */
export const enum Violation {
  NONE = 0,
  UNREADABLE_ELEMENT = 100,
  UNKNOWN_SIZE_NOT_ALLOWED,
  BEYOND_PARENT,
  HEADER_AFTER_HEADER,
  NO_EBML_HEADER,
  NO_SEGMENT,
  TOO_MANY_ELEMENTS,
  TRAILER_TOO_LARGE,
  MEDIA_AFTER_CHUNK,
  RUBBISH_AFTER_CHUNK,
  SEGMENT_IN_SEGMENT,
  SEGMENT_CHILD_IN_TAGS,
  UNKNOWN_ELEMENT_TOO_LARGE,
  CONTENT_TOO_LARGE,
  ELEMENT_TOO_LARGE,
  TWO_BLOCKS,
  NO_BLOCK,
  UNREADABLE_BLOCK,
  TOO_MANY_FRAMES,
  LACED_FRAMES_DO_NOT_FILL,
  SWALLOWED_HEADER,
  HEADER_WITHIN,
  ENDS_WITHIN_RUBBISH,
}

type WithFigures =
  | Violation.TOO_MANY_ELEMENTS
  | Violation.TOO_MANY_FRAMES
  | Violation.TRAILER_TOO_LARGE
  | Violation.UNKNOWN_ELEMENT_TOO_LARGE
  | Violation.CONTENT_TOO_LARGE
  | Violation.ELEMENT_TOO_LARGE;

const NAMES: Readonly<Record<Exclude<Violation, WithFigures>, ViolationName>> = {
  [Violation.NONE]: 'rubbish',
  [Violation.UNREADABLE_ELEMENT]: 'unreadableElement',
  [Violation.UNKNOWN_SIZE_NOT_ALLOWED]: 'unknownSize',
  [Violation.BEYOND_PARENT]: 'beyondParent',
  [Violation.HEADER_AFTER_HEADER]: 'headerAfterHeader',
  [Violation.NO_EBML_HEADER]: 'noHeader',
  [Violation.NO_SEGMENT]: 'noSegment',
  [Violation.MEDIA_AFTER_CHUNK]: 'mediaAfterChunk',
  [Violation.RUBBISH_AFTER_CHUNK]: 'rubbishAfterChunk',
  [Violation.SEGMENT_IN_SEGMENT]: 'segmentInSegment',
  [Violation.SEGMENT_CHILD_IN_TAGS]: 'segmentChildInTags',
  [Violation.TWO_BLOCKS]: 'twoBlocks',
  [Violation.NO_BLOCK]: 'noBlock',
  [Violation.UNREADABLE_BLOCK]: 'unreadableBlock',
  [Violation.LACED_FRAMES_DO_NOT_FILL]: 'lacing',
  [Violation.SWALLOWED_HEADER]: 'swallowedHeader',
  [Violation.HEADER_WITHIN]: 'headerWithin',
  [Violation.ENDS_WITHIN_RUBBISH]: 'endsWithinUnknown',
};

/**
 * @param size declared by the element at fault, in bytes
 * @param allowed how large it may be, where that is limited
 */
export function describeViolation(
  violation: Violation,
  size: number,
  allowed: number,
  limits: Limits,
): ViolationDetail {
  switch (violation) {
    case Violation.TOO_MANY_ELEMENTS:
      return { name: 'tooManyElements', figures: { most: limits.elements } };
    case Violation.TOO_MANY_FRAMES:
      return { name: 'tooManyFrames', figures: { most: limits.frames } };
    case Violation.TRAILER_TOO_LARGE:
      return { name: 'trailerTooLarge', figures: { allowedBytes: limits.trailerBytes } };
    case Violation.UNKNOWN_ELEMENT_TOO_LARGE:
      return { name: 'unknownElementTooLarge', figures: { sizeInBytes: size } };
    case Violation.CONTENT_TOO_LARGE:
      return { name: 'contentTooLarge', figures: { sizeInBytes: size, allowedBytes: allowed } };
    case Violation.ELEMENT_TOO_LARGE:
      return { name: 'elementTooLarge', figures: { sizeInBytes: size } };
    default:
      return { name: NAMES[violation], figures: {} };
  }
}
