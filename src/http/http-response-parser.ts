/** A parser for one HTTP/1.1 response. */
import { failure } from './http-failure';

/** Called in the order of the bytes, from within `write` and `end`. */
export interface ResponseEvents {
  /** Head of the final answer. Field names are in lower case, repeated ones joined by commas. */
  head(statusCode: number, headers: Record<string, string>): void;
  /** A view of what was written. */
  body(slice: Buffer): void;
  /** The body is complete; or this is no HTTP/1.1 response, with a code that Node.js gives then. Nothing follows. */
  over(error?: Error): void;
}

/** For all of the head, the answers 1xx before it included, and again for all of the trailers. */
const MAX_HEAD_BYTES = 64 * 1024;
/** For the line of a chunk's size, with its extensions. */
const MAX_SIZE_LINE_BYTES = 4 * 1024;
const CR = 13;
const LF = 10;
/** Of a size that is read without making a text of it. */
const MAX_PLAIN_DIGITS = 7;
const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD = /^([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)$/;
/** Up to 2^52 - 1, which is exact as a number. */
const CHUNK_SIZE = /^0*([\da-f]{1,13})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/i;

/**
 * Reads one HTTP/1.1 response (RFC 9112), split anywhere. Answers 1xx, chunk extensions and trailers are skipped.
 * Strict where two readers could see two different responses: a bare CR or LF, a folded field, a length that is told
 * twice or is no number, a coding besides `chunked`.
 */
export class HttpResponseParser {
  #isOver = false;
  /** Bytes to come of the body, or of the chunk of it: Infinity up to the close, 0 where a line comes instead. */
  #left = 0;
  /** The beginning of a line of which the end has not come. */
  #partial = '';
  /** Bytes that lines may still take. */
  #room = MAX_HEAD_BYTES;
  #statusCode = 0;
  #mayBeChunked = false;
  #isChunked = false;
  /** Of which bytes the last view was. */
  #viewed = EMPTY;
  #viewStart = 0;
  #viewEnd = 0;
  #lastView = EMPTY;
  readonly #fields = new Map<string, string>();

  constructor(private readonly events: ResponseEvents) {}

  /** @param length so many of the first bytes have come: a view of them for each call would cost more than parsing */
  write(bytes: Buffer, length = bytes.length): void {
    for (let pos = 0; pos < length && !this.#isOver;) {
      pos = this.#left > 0 ? this.#readBody(bytes, pos, length) : this.#readBetween(bytes, pos, length);
    }
  }

  /** The connection is closed. */
  end(): void {
    if (this.#left === Infinity) {
      this.#finish();
    } else {
      this.#fail('ECONNRESET', 'The connection was closed before the response was complete.');
    }
  }

  #readBody(bytes: Buffer, pos: number, length: number): number {
    const end = Math.min(pos + this.#left, length);
    this.#left -= end - pos;
    this.events.body(this.#view(bytes, pos, end));
    if (this.#left === 0 && this.#isChunked) {
      this.#expect(this.#onChunkEnd, '\r\n'.length);
    } else if (this.#left === 0) {
      this.#finish();
    }
    return end;
  }

  /** The same view again where it is of the same bytes: most slices of a buffer are as long as a TLS record can be. */
  #view(bytes: Buffer, start: number, end: number): Buffer {
    if (this.#viewed !== bytes || this.#viewStart !== start || this.#viewEnd !== end) {
      this.#viewed = bytes;
      this.#viewStart = start;
      this.#viewEnd = end;
      this.#lastView = bytes.subarray(start, end);
    }
    return this.#lastView;
  }

  #readBetween(bytes: Buffer, pos: number, length: number): number {
    const isAtLineStart = this.#partial === '';
    const isPlainEnd = pos + 1 < length && bytes[pos] === CR && bytes[pos + 1] === LF;
    // Apart from the size that follows, since each is usually in a TLS record of its own.
    if (isAtLineStart && isPlainEnd && this.#onLine === this.#onChunkEnd) {
      this.#onChunkEnd();
      return pos + 2;
    }
    const isSize = isAtLineStart && this.#onLine === this.#onSize;
    const end = isSize ? this.#readPlainSize(bytes, pos, length) : undefined;
    return end ?? this.#readLine(bytes, pos, length);
  }

  /**
   * Reads the size of a chunk where it is as it mostly is: all there, without an extension, and not that of the last chunk.
   * Gives the position behind it; undefined where nothing was read.
   */
  #readPlainSize(bytes: Buffer, pos: number, length: number): number | undefined {
    const limit = Math.min(length - 2, pos + MAX_PLAIN_DIGITS);
    let size = 0;
    let at = pos;
    for (let digit = hexDigit(bytes[at]); digit >= 0 && at < limit; digit = hexDigit(bytes[at])) {
      size = size * 16 + digit;
      at += 1;
    }
    if (size === 0 || at + 1 >= length || bytes[at] !== CR || bytes[at + 1] !== LF) {
      return undefined;
    }
    this.#left = size;
    this.#expect(this.#onField, MAX_HEAD_BYTES);
    return at + 2;
  }

  #readLine(bytes: Buffer, pos: number, length: number): number {
    // What lies after the bytes that have come is of an earlier slice.
    const found = bytes.indexOf(LF, pos);
    const end = found >= 0 && found < length ? found + 1 : length;
    const text = this.#partial + bytes.toString('latin1', pos, end);
    this.#partial = bytes[end - 1] === LF ? '' : text;
    this.#room -= end - pos;
    if (this.#room < 0) {
      this.#fail('HPE_HEADER_OVERFLOW', 'A line or the head of the response is too long.');
    } else if (text.endsWith('\r\n')) {
      this.#onLine(text.slice(0, -2));
    } else if (text.endsWith('\n')) {
      this.#fail('HPE_CR_EXPECTED', 'A line of the response ends without CR.');
    }
    return end;
  }

  readonly #onStatus = (line: string): void => {
    const [, minor, status] = STATUS_LINE.exec(line) ?? [];
    if (status === undefined || status === '101') {
      this.#fail('HPE_INVALID_CONSTANT', 'The answer is not one of HTTP/1.1.');
    }
    this.#mayBeChunked = minor === '1';
    this.#statusCode = Number(status);
    this.#fields.clear();
    this.#onLine = this.#onField;
  };

  readonly #onField = (line: string): void => {
    const [, name, text = ''] = FIELD.exec(line) ?? [];
    if (name !== undefined) {
      const earlier = this.#fields.get(name.toLowerCase());
      this.#fields.set(
        name.toLowerCase(),
        earlier === undefined ? text.trim() : `${earlier}, ${text.trim()}`,
      );
    } else if (line !== '') {
      this.#fail('HPE_INVALID_HEADER_TOKEN', 'A header field of the response is malformed.');
    } else if (this.#isChunked) {
      this.#finish();
    } else if (this.#statusCode < 200) {
      this.#onLine = this.#onStatus;
    } else {
      this.#onHeadEnd(this.#fields.get('transfer-encoding'), this.#fields.get('content-length'));
    }
  };

  /** RFC 9112, section 6.3. */
  #onHeadEnd(coding: string | undefined, length: string | undefined): void {
    const empty = this.#statusCode === 204 || this.#statusCode === 304;
    if (length !== undefined && (coding !== undefined || !/^\d{1,15}$/.test(length))) {
      this.#fail('HPE_INVALID_CONTENT_LENGTH', 'The length of the body is not told as one number.');
    } else if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || !this.#mayBeChunked)) {
      this.#fail('HPE_INVALID_TRANSFER_ENCODING', 'The body is encoded as nobody asked.');
    } else {
      this.#isChunked = coding !== undefined && !empty;
      this.#left = empty || this.#isChunked ? 0 : Number(length ?? Infinity);
      this.#expect(this.#onSize, MAX_SIZE_LINE_BYTES);
      this.events.head(this.#statusCode, Object.fromEntries(this.#fields));
      if (this.#left === 0 && !this.#isChunked) {
        this.#finish();
      }
    }
  }

  readonly #onSize = (line: string): void => {
    const [, size] = CHUNK_SIZE.exec(line) ?? [];
    if (size === undefined) {
      this.#fail('HPE_INVALID_CHUNK_SIZE', 'The size of a chunk is not a number.');
    }
    this.#left = parseInt(size ?? '0', 16);
    // Behind the last chunk come fields again, the trailers.
    this.#expect(this.#onField, MAX_HEAD_BYTES);
  };

  /** An empty line, since there is no room for another. */
  readonly #onChunkEnd = (): void => {
    this.#expect(this.#onSize, MAX_SIZE_LINE_BYTES);
  };

  /** What the next line is. */
  #onLine = this.#onStatus;

  #expect(line: (line: string) => void, room: number): void {
    this.#onLine = line;
    this.#room = room;
  }

  #finish(error?: Error): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.events.over(error);
    }
  }

  #fail(code: string, message: string): void {
    this.#finish(failure(code, message));
  }
}

/** Value of a digit; -1 where it is none. */
function hexDigit(byte = 0): number {
  const lower = byte | 0x20;
  if (byte >= 0x30 && byte <= 0x39) {
    return byte - 0x30;
  }
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
