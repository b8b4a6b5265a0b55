/** Names for the files of one stream, by a pattern. */
import type { FilePatternPiece, TimeZone } from '../../options';
import type { MediaFormat, PartFile } from '../types';

/** Files whose names are remembered. */
const MOST_FILES = 256;
const LONGEST_VALUE = 100;
const NOT_SAFE = /[^\p{L}\p{N}._ -]/gu;
const TIME_FIELDS = /yyyy|MM|dd|HH|mm|ss|SSS/g;

/**
 * Names the files of one stream. All pieces of a file get the same name, and files that follow each other or are open
 * at the same time get different ones. Where the pattern does not tell them apart, `-2`, `-3` … is put before the
 * extension.
 */
export class FileNames {
  /** By index, the last ones. */
  readonly #names = new Map<number, string>();

  /** @param timeZone in whose time `start` is written */
  constructor(
    private readonly pattern: readonly FilePatternPiece[],
    private readonly timeZone: TimeZone,
  ) {}

  /**
   * @param file of the piece
   * @param now when the file begins if its media does not say so, ms since the epoch
   */
  of(StreamName: string, { track }: Pick<MediaFormat, 'track'>, file: PartFile, now: number): string {
    const known = this.#names.get(file.index);
    if (known !== undefined) {
      return known;
    }
    const values = {
      StreamName,
      track: track === undefined ? '' : (track.name ?? String(track.number)),
      index: String(file.index),
    };
    const plain = this.pattern
      .map((piece) =>
        'text' in piece
          ? piece.text
          : safe(piece.value === 'start' ? this.#time(file.start ?? now, piece.format) : values[piece.value]),
      )
      .join('');
    const taken = new Set(this.#names.values());
    let name = plain;
    for (let count = 2; taken.has(name); count++) {
      name = plain.replace(/(\.[^./\\]*)?$/, `-${count}$1`);
    }
    this.#names.set(file.index, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > MOST_FILES && oldest !== undefined) {
      this.#names.delete(oldest);
    }
    return name;
  }

  #time(ms: number, format: string): string {
    const utc = this.timeZone === 'utc' ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000;
    const iso = new Date(utc).toISOString();
    const at = (from: number, length: number): string => iso.slice(from, from + length);
    const fields: Readonly<Record<string, string>> = {
      ...{ yyyy: at(0, 4), MM: at(5, 2), dd: at(8, 2) },
      ...{ HH: at(11, 2), mm: at(14, 2), ss: at(17, 2), SSS: at(20, 3) },
    };
    return format.replace(TIME_FIELDS, (field) => fields[field] ?? field);
  }
}

/** Letters, digits, `.`, `_`, `-` and blanks: no path, nothing hidden, nothing that a file system refuses. */
function safe(value: string): string {
  const text = value.slice(0, LONGEST_VALUE).replace(NOT_SAFE, '_');
  return text.replace(/^[. ]+|[. ]+$/g, (dots) => '_'.repeat(dots.length));
}
