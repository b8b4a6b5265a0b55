/** What may be wrong with an element: numbers, since the grammar gives one for every element, and their sentences. */
import type { Limits } from './limits';

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

const MESSAGES: Readonly<Record<Exclude<Violation, WithFigures>, string>> = {
  [Violation.NONE]: '',
  [Violation.UNREADABLE_ELEMENT]: 'an element begins that cannot be read',
  [Violation.UNKNOWN_SIZE_NOT_ALLOWED]: 'an element of unknown size, where the size must be known',
  [Violation.BEYOND_PARENT]: 'an element that reaches beyond the end of its parent',
  [Violation.HEADER_AFTER_HEADER]: 'an EBML header where a Segment must follow one',
  [Violation.NO_EBML_HEADER]: 'no EBML header',
  [Violation.NO_SEGMENT]: 'no Segment after an EBML header',
  [Violation.MEDIA_AFTER_CHUNK]: "media after a chunk's closing tags",
  [Violation.RUBBISH_AFTER_CHUNK]: "rubbish after a chunk's closing tags",
  [Violation.SEGMENT_IN_SEGMENT]: 'a Segment within a Segment',
  [Violation.SEGMENT_CHILD_IN_TAGS]:
    'an element of a Segment within a Tags element, so that the size of that must be wrong',
  [Violation.TWO_BLOCKS]: 'two Blocks in a BlockGroup',
  [Violation.NO_BLOCK]: 'a BlockGroup without a Block',
  [Violation.UNREADABLE_BLOCK]: 'a block whose header cannot be read',
  [Violation.LACED_FRAMES_DO_NOT_FILL]: 'a block whose laced frames do not fill it',
  [Violation.SWALLOWED_HEADER]: 'the response ends within an element that has swallowed an EBML header',
  [Violation.HEADER_WITHIN]: 'an element with an EBML header in it, so that its size must be wrong',
  [Violation.ENDS_WITHIN_RUBBISH]: 'the response ends within an element that is none',
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
): string {
  switch (violation) {
    case Violation.TOO_MANY_ELEMENTS:
      return `more than ${limits.elements} elements in a chunk`;
    case Violation.TOO_MANY_FRAMES:
      return `more than ${limits.frames} frames in a chunk`;
    case Violation.TRAILER_TOO_LARGE:
      return `more than ${limits.trailerBytes} bytes after a chunk's closing tags`;
    case Violation.UNKNOWN_ELEMENT_TOO_LARGE:
      return `an unknown element of ${size} bytes`;
    case Violation.CONTENT_TOO_LARGE:
      return `an element of ${size} bytes, where ${allowed} are allowed`;
    case Violation.ELEMENT_TOO_LARGE:
      return `an element of ${size} bytes, which is too large`;
    default:
      return MESSAGES[violation];
  }
}
