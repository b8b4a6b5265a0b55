/**
 * What can be wrong with media: as data, which others put into words (see `../statement.ts`), and in technical English
 * for `Error.message`. All are clauses, without a full stop.
 */
import type { Statement } from '../statement';

export const MATROSKA_STATEMENTS = {
  // Where it was found.
  'violation.at': ['violation', 'byteOffset'],
  'violation.within': ['violation', 'byteOffset', 'path'],

  // What it is.
  'violation.rubbish': [],
  'violation.unreadableElement': [],
  'violation.unknownSize': [],
  'violation.beyondParent': [],
  'violation.headerAfterHeader': [],
  'violation.noHeader': [],
  'violation.noSegment': [],
  'violation.mediaAfterChunk': [],
  'violation.rubbishAfterChunk': [],
  'violation.segmentInSegment': [],
  'violation.segmentChildInTags': [],
  'violation.twoBlocks': [],
  'violation.noBlock': [],
  'violation.unreadableBlock': [],
  'violation.lacing': [],
  'violation.swallowedHeader': [],
  'violation.headerWithin': [],
  'violation.endsWithinUnknown': [],
  'violation.tooManyElements': ['most'],
  'violation.tooManyFrames': ['most'],
  'violation.tooManyChildren': [],
  'violation.tooManyTracks': ['most'],
  'violation.tooManyEncodings': ['most'],
  'violation.headerValue': ['most'],
  'violation.trailerTooLarge': ['allowedBytes'],
  'violation.unknownElementTooLarge': ['sizeInBytes'],
  'violation.contentTooLarge': ['sizeInBytes', 'allowedBytes'],
  'violation.elementTooLarge': ['sizeInBytes'],
  'violation.stringTooLong': ['sizeInBytes', 'allowedBytes'],
  'violation.integerTooLarge': [],
  'violation.integerTooLong': [],
  'violation.floatLength': [],
  'violation.tagWithHeader': [],
  'violation.notMatroska': [],
} as const;

type NameOf<Key> = Key extends `violation.${infer Name}` ? Name : never;
export type ViolationName = Exclude<NameOf<keyof typeof MATROSKA_STATEMENTS>, 'at' | 'within'>;

const TEXTS: Readonly<Record<ViolationName, string>> = {
  rubbish: 'rubbish after what has been reported',
  unreadableElement: 'an element begins that cannot be read',
  unknownSize: 'an element of unknown size, where the size must be known',
  beyondParent: 'an element that reaches beyond the end of its parent',
  headerAfterHeader: 'an EBML header where a Segment must follow one',
  noHeader: 'no EBML header',
  noSegment: 'no Segment after an EBML header',
  mediaAfterChunk: "media after a chunk's closing tags",
  rubbishAfterChunk: "rubbish after a chunk's closing tags",
  segmentInSegment: 'a Segment within a Segment',
  segmentChildInTags: 'an element of a Segment within a Tags element, so that the size of that must be wrong',
  twoBlocks: 'two Blocks in a BlockGroup',
  noBlock: 'a BlockGroup without a Block',
  unreadableBlock: 'a block whose header cannot be read',
  lacing: 'a block whose laced frames do not fill it',
  swallowedHeader: 'the response ends within an element that has swallowed an EBML header',
  headerWithin: 'an element with an EBML header in it, so that its size must be wrong',
  endsWithinUnknown: 'the response ends within an unknown element',
  tooManyElements: 'more than {most} elements in a chunk',
  tooManyFrames: 'more than {most} frames in a chunk',
  tooManyChildren: 'more elements than are read of one',
  tooManyTracks: 'more than {most} tracks',
  tooManyEncodings: 'more than {most} encodings of a track',
  headerValue: 'a value above {most}, which Matroska does not allow',
  trailerTooLarge: "more than {allowedBytes} bytes after a chunk's closing tags",
  unknownElementTooLarge: 'an unknown element of {sizeInBytes} bytes',
  contentTooLarge: 'an element of {sizeInBytes} bytes, where {allowedBytes} are allowed',
  elementTooLarge: 'an element of {sizeInBytes} bytes, which is too large',
  stringTooLong: 'a string of {sizeInBytes} bytes, where {allowedBytes} are allowed',
  integerTooLarge: 'an integer above 2^53',
  integerTooLong: 'an integer of more than 8 bytes',
  floatLength: 'a floating-point number of neither 4 nor 8 bytes',
  tagWithHeader: 'a tag with an EBML header in it, so that its size must be wrong',
  notMatroska: 'a document that is not Matroska',
};

/** What is wrong, without its place. */
export interface ViolationDetail {
  readonly name: ViolationName;
  readonly figures: Readonly<Record<string, number>>;
}

/** In technical English. */
export function violationText({ name, figures }: ViolationDetail): string {
  return TEXTS[name].replace(/\{(\w+)\}/g, (_, figure: string) => String(figures[figure]));
}

/** @param offset byte of the response · @param path of the elements around it; empty for the response itself */
export function violationStatement(
  { name, figures }: ViolationDetail,
  offset: number,
  path: string,
): Statement {
  const violation: Statement = { key: `violation.${name}`, data: figures };
  return path === ''
    ? { key: 'violation.at', data: { violation, byteOffset: offset } }
    : { key: 'violation.within', data: { violation, byteOffset: offset, path } };
}
