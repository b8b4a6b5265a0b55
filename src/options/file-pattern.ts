/** The pattern of file names, such as `{StreamName}/{start:yyyy-MM-dd}/{start:HHmmss}.mp4`. */

/** Text of a file name, or a place in it for something that a part of a stream has. */
export type FilePatternPiece =
  | { readonly text: string }
  | { readonly value: 'StreamName' | 'track' | 'index' }
  /** When the part begins; the format has yyyy, MM, dd, HH, mm, ss and SSS in it. */
  | { readonly value: 'start'; readonly format: string };

const PLACE = /\{(?:(StreamName|track|index)|start:([^{}]+))\}/g;
const NO_TEXT = /[{}\p{Cc}]/u;
const LONGEST_PATTERN = 1_000;

/** Undefined for a pattern with an unknown place, a lonely brace or a control character, or that ends with a slash. */
export function parseFilePattern(pattern: string): readonly FilePatternPiece[] | undefined {
  const pieces: FilePatternPiece[] = [];
  let at = 0;
  for (const found of pattern.matchAll(PLACE)) {
    const [whole, name, format] = found;
    pieces.push({ text: pattern.slice(at, found.index) });
    pieces.push(
      format === undefined ? { value: name as 'StreamName' | 'track' | 'index' } : { value: 'start', format },
    );
    at = found.index + whole.length;
  }
  pieces.push({ text: pattern.slice(at) });
  const isWrong = pieces.some((piece) => 'text' in piece && NO_TEXT.test(piece.text));
  return isWrong || pattern.length > LONGEST_PATTERN || /(^|[/\\])$/.test(pattern) ? undefined : pieces;
}
