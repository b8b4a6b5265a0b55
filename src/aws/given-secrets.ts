/** Finds secrets that are known in text of others, however they are spelled there. Time is linear in the text. */

/** A part of a text, by its indices. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Shorter text is no secret of AWS's, and cutting it out would tear words apart. */
const SHORTEST_SECRET = 4;
/** So many characters of a secret in a row are cut out, whatever stands around them. Fewer give nothing away. */
const PART = 8;
/** The same of its base64 and hexadecimal forms, which numbers and words could contain by chance. */
const BASE64_PART = 12;
const HEX_PART = 16;
/** A value that was escaped for one language was then escaped for another, and once more. */
const DEEPEST_ESCAPES = 4;

/** Parts of secrets by their length, in the form that `cleaned` makes. */
type Parts = ReadonlyMap<number, ReadonlySet<string>>;

/** The parts of secrets by the array that holds those, which is the same for as long as they are. */
const known = new WeakMap<readonly string[], Parts>();

/** Where the text has a secret, or much of one, or what looks like a signature: in order, none touching another. */
export function findSecrets(text: string, secrets: readonly string[]): Range[] {
  let parts = known.get(secrets);
  if (parts === undefined) {
    parts = partsOf(secrets.filter(({ length }) => length >= SHORTEST_SECRET));
    known.set(secrets, parts);
  }
  const found: Range[] = [];
  let bytes = bytesOf(text);
  for (let depth = 0; ; depth++) {
    search(cleaned(bytes), parts, found);
    const plainer = depth < DEEPEST_ESCAPES ? unescaped(bytes) : undefined;
    if (plainer === undefined) {
      return merged(found);
    }
    bytes = plainer;
  }
}

function partsOf(secrets: readonly string[]): Parts {
  const parts = new Map<number, Set<string>>();
  const add = (whole: string, length: number): void => {
    const own = parts.get(length) ?? new Set();
    parts.set(length, own);
    for (let at = 0; at + length <= whole.length; at++) {
      own.add(whole.slice(at, at + length));
    }
  };
  for (const secret of secrets) {
    const bytes = bytesOf(secret);
    for (const form of [bytes, unescaped(bytes)]) {
      const { text } = form === undefined ? { text: '' } : cleaned(form);
      add(text, Math.min(PART, Math.max(text.length, SHORTEST_SECRET)));
    }
    for (const base64 of base64Of(Buffer.from(secret))) {
      add(base64, BASE64_PART);
    }
    add(Buffer.from(secret).toString('hex'), HEX_PART);
  }
  return parts;
}

/** What of its base64 form does not depend on the text around it, by where it begins in a group of three bytes. */
function base64Of(secret: Buffer): string[] {
  return [0, 1, 2].map((shift) => {
    const all = Buffer.concat([Buffer.alloc(shift), secret]);
    const own = all.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((all.length * 8) / 6));
    return cleaned(bytesOf(own)).text;
  });
}

/** A text in UTF-8, and where in the original each byte comes from. */
interface Bytes {
  readonly values: number[];
  readonly starts: number[];
  readonly ends: number[];
}

function bytesOf(text: string): Bytes {
  const bytes: Bytes = { values: [], starts: [], ends: [] };
  let at = 0;
  for (const character of text) {
    const end = at + character.length;
    append(bytes, character.codePointAt(0) ?? 0, at, end);
    at = end;
  }
  return bytes;
}

/** Appends a character that stands between `start` and `end` of the original. */
function append(bytes: Bytes, code: number, start: number, end: number): void {
  const encoded =
    code < 0x80 ? [code] : Buffer.from(code > 0x10ffff ? '' : String.fromCodePoint(code).toLowerCase());
  for (const value of encoded) {
    appendByte(bytes, value, start, end);
  }
}

function appendByte({ values, starts, ends }: Bytes, value: number, start: number, end: number): void {
  values.push(value);
  starts.push(start);
  ends.push(end);
}

/** Longest escape: `\u0000`, `&#1114111;`, `&equals;`. */
const LONGEST_ESCAPE = 10;
const ESCAPE =
  /^(?:%([\da-f]{2})|\\(?:u([\da-f]{4})|x([\da-f]{2})|([^\u0080-\u00ff]))|&(?:#x([\da-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos|sol|plus|equals));)/i;
const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", sol: '/', plus: '+', equals: '=' },
  ...{ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' },
};
const ESCAPE_STARTS: ReadonlySet<number> = new Set(Buffer.from('%\\&'));

/** Removes one layer of URL, JSON and markup escapes; undefined if there is no escape. */
function unescaped({ values, starts, ends }: Bytes): Bytes | undefined {
  const plain: Bytes = { values: [], starts: [], ends: [] };
  for (let at = 0; at < values.length;) {
    const value = values[at] ?? 0;
    const escape = ESCAPE_STARTS.has(value)
      ? ESCAPE.exec(String.fromCharCode(...values.slice(at, at + LONGEST_ESCAPE)))
      : null;
    const length = escape?.[0].length ?? 1;
    const start = starts[at] ?? 0;
    const end = ends[at + length - 1] ?? start;
    if (escape === null) {
      appendByte(plain, value, start, end);
    } else {
      const [, percent, unit, byte, letter, hex, decimal, name] = escape;
      if (percent !== undefined || byte !== undefined) {
        appendByte(plain, parseInt(percent ?? byte ?? '', 16), start, end);
      } else {
        const named = letter ?? name?.toLowerCase() ?? '';
        const numbered = unit ?? hex;
        const code =
          numbered !== undefined
            ? parseInt(numbered, 16)
            : decimal !== undefined
              ? Number(decimal)
              : ((NAMED[named] ?? named).codePointAt(0) ?? 0);
        append(plain, code, start, end);
      }
    }
    at += length;
  }
  return plain.values.length === values.length ? undefined : plain;
}

interface Cleaned {
  /** A character for each byte. */
  readonly text: string;
  /** By character of `text`. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Characters that show nothing, in UTF-8: soft hyphen, no-break space, those of no width, marks of direction, BOM. */
const INVISIBLE: readonly (readonly [first: number, second: number, from: number, to: number])[] = [
  [0xe2, 0x80, 0x80, 0x8f],
  [0xe2, 0x80, 0xa8, 0xaf],
  [0xe2, 0x81, 0xa0, 0xaf],
  [0xe3, 0x80, 0x80, 0x80],
  [0xe1, 0xa0, 0x8e, 0x8e],
  [0xef, 0xb8, 0x80, 0x8f],
  [0xef, 0xbb, 0xbf, 0xbf],
];
const [PLUS, MINUS, UNDERSCORE, SLASH] = Buffer.from('+-_/');

/**
 * In lower case, without what shows nothing: a secret may be broken over lines. Without `+`, which in a URL may stand
 * for a blank, and the same for both alphabets of base64, of which one has `-_` where the other has `+/`.
 */
function cleaned({ values, starts, ends }: Bytes): Cleaned {
  const kept: number[] = [];
  const keptStarts: number[] = [];
  const keptEnds: number[] = [];
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    const second = values[at + 1] ?? 0;
    const third = values[at + 2] ?? 0;
    if (value === 0xc2 && (second === 0xad || second === 0xa0)) {
      at += 1;
    } else if (
      value >= 0xe1 &&
      INVISIBLE.some(([a, b, from, to]) => value === a && second === b && third >= from && third <= to)
    ) {
      at += 2;
    } else if (value > 0x20 && value !== 0x7f && value !== PLUS && value !== MINUS) {
      kept.push(value >= 0x41 && value <= 0x5a ? value + 0x20 : value === UNDERSCORE ? (SLASH ?? 0) : value);
      keptStarts.push(starts[at] ?? 0);
      keptEnds.push(ends[at] ?? 0);
    }
  }
  return { text: Buffer.from(kept).toString('latin1'), starts: keptStarts, ends: keptEnds };
}

/** An HMAC-SHA256 in hexadecimal; digits alone are fragment numbers. */
const SIGNATURE = /[\da-f]{64,}/g;

function search({ text, starts, ends }: Cleaned, parts: Parts, found: Range[]): void {
  for (const { 0: signature, index } of text.matchAll(SIGNATURE)) {
    if (/[a-f]/.test(signature)) {
      found.push({ start: starts[index] ?? 0, end: ends[index + signature.length - 1] ?? 0 });
    }
  }
  for (const [length, own] of parts) {
    for (let at = 0; at + length <= text.length; at++) {
      if (own.has(text.slice(at, at + length))) {
        found.push({ start: starts[at] ?? 0, end: ends[at + length - 1] ?? 0 });
      }
    }
  }
}

function merged(ranges: Range[]): Range[] {
  const whole: Range[] = [];
  for (const range of ranges.sort((a, b) => a.start - b.start)) {
    const last = whole.at(-1);
    if (last !== undefined && range.start <= last.end) {
      whole[whole.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else {
      whole.push(range);
    }
  }
  return whole;
}
