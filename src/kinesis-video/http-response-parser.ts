/** Called in the order of the bytes, from within `write` and `end`. */
export interface ResponseEvents {
  /** Of the final answer. Field names are in lower case, repeated ones joined by commas. */
  head(statusCode: number, headers: Record<string, string>): void;
  /** A view of what was written. */
  body(slice: Buffer): void;
  /** The body is complete; or this is no HTTP/1.1 response, with a code that Node.js gives then. Nothing follows. */
  end(): void;
  failed(error: Error): void;
}

/** For all of the head, the answers 1xx before it included, and again for all of the trailers. */
const MAX_HEAD_BYTES = 64 * 1024;
/** For the line of a chunk's size, with its extensions. */
const MAX_SIZE_LINE_BYTES = 4 * 1024;
const LF = 10;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD = /^([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)$/;
/** Up to 2^52 - 1, which is exact as a number. */
const CHUNK_SIZE = /^0*([\da-f]{1,13})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/i;

type State =
  'status' | 'fields' | 'size' | 'chunk' | 'chunk-end' | 'trailers' | 'counted' | 'to-close' | 'over';

/**
 * Reads one HTTP/1.1 response (RFC 9112), split anywhere. Answers 1xx, chunk extensions and trailers are passed over.
 * Strict where two readers could see two different responses: a bare CR or LF, a folded field, a length that is told
 * twice or is no number, a coding besides `chunked`.
 */
export class HttpResponseParser {
  #state: State = 'status';
  /** The beginning of a line of which the end has not come. */
  #partial = '';
  /** Bytes that lines may still take. */
  #room = MAX_HEAD_BYTES;
  /** Bytes to come of the chunk, or of the body. */
  #left = 0;
  #statusCode = 0;
  #mayBeChunked = false;
  readonly #fields = new Map<string, string>();

  constructor(private readonly events: ResponseEvents) {}

  write(bytes: Buffer): void {
    for (let pos = 0; pos < bytes.length && this.#state !== 'over';) {
      const inBody = this.#state === 'chunk' || this.#state === 'counted' || this.#state === 'to-close';
      pos = inBody ? this.#readBody(bytes, pos) : this.#readLine(bytes, pos);
    }
  }

  /** The connection is closed. */
  end(): void {
    if (this.#state === 'to-close') {
      this.#finish();
    } else if (this.#state !== 'over') {
      this.#fail('ECONNRESET', 'The connection was closed before the response was complete.');
    }
  }

  #readBody(bytes: Buffer, pos: number): number {
    const end = Math.min(pos + this.#left, bytes.length);
    this.#left -= end - pos;
    this.events.body(bytes.subarray(pos, end));
    if (this.#left === 0 && this.#state === 'counted') {
      this.#finish();
    } else if (this.#left === 0) {
      this.#expect('chunk-end', '\r\n'.length);
    }
    return end;
  }

  #readLine(bytes: Buffer, pos: number): number {
    const end = bytes.indexOf(LF, pos) + 1 || bytes.length;
    const text = this.#partial + bytes.toString('latin1', pos, end);
    this.#room -= end - pos;
    if (this.#room < 0) {
      this.#fail('HPE_HEADER_OVERFLOW', 'A line or the head of the response is too long.');
    } else if (bytes[end - 1] !== LF) {
      this.#partial = text;
    } else if (!text.endsWith('\r\n')) {
      this.#fail('HPE_CR_EXPECTED', 'A line of the response ends without CR.');
    } else {
      this.#partial = '';
      this.#onLine(text.slice(0, -2));
    }
    return end;
  }

  #onLine(line: string): void {
    if (this.#state === 'status') {
      this.#onStatus(STATUS_LINE.exec(line));
    } else if (this.#state === 'size') {
      this.#onSize(CHUNK_SIZE.exec(line));
    } else if (this.#state === 'chunk-end') {
      this.#expect('size', MAX_SIZE_LINE_BYTES);
    } else if (line !== '') {
      this.#onField(FIELD.exec(line));
    } else if (this.#state === 'trailers') {
      this.#finish();
    } else {
      this.#onHeadEnd();
    }
  }

  #onStatus(match: RegExpExecArray | null): void {
    if (match === null || match[2] === '101') {
      this.#fail('HPE_INVALID_CONSTANT', 'The answer is not one of HTTP/1.1.');
      return;
    }
    this.#mayBeChunked = match[1] === '1';
    this.#statusCode = Number(match[2]);
    this.#fields.clear();
    this.#state = 'fields';
  }

  #onField(match: RegExpExecArray | null): void {
    const [, name = '', text = ''] = match ?? [];
    if (match === null) {
      this.#fail('HPE_INVALID_HEADER_TOKEN', 'A header field of the response is malformed.');
    }
    const had = this.#fields.get(name.toLowerCase());
    this.#fields.set(name.toLowerCase(), had === undefined ? text.trim() : `${had}, ${text.trim()}`);
  }

  /** RFC 9112, section 6.3. */
  #onHeadEnd(): void {
    const coding = this.#fields.get('transfer-encoding');
    const length = this.#fields.get('content-length');
    if (this.#statusCode < 200) {
      this.#state = 'status';
      return;
    }
    if (length !== undefined && (coding !== undefined || !/^\d{1,15}$/.test(length))) {
      this.#fail('HPE_INVALID_CONTENT_LENGTH', 'The length of the body is not told as one number.');
      return;
    }
    if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || !this.#mayBeChunked)) {
      this.#fail('HPE_INVALID_TRANSFER_ENCODING', 'The body is encoded as nobody asked.');
      return;
    }
    const empty = this.#statusCode === 204 || this.#statusCode === 304;
    this.#left = empty ? 0 : Number(length ?? Infinity);
    this.#state = this.#left === Infinity ? 'to-close' : 'counted';
    if (coding !== undefined && !empty) {
      this.#expect('size', MAX_SIZE_LINE_BYTES);
    }
    this.events.head(this.#statusCode, Object.fromEntries(this.#fields));
    if (this.#state === 'counted' && this.#left === 0) {
      this.#finish();
    }
  }

  #onSize(match: RegExpExecArray | null): void {
    this.#left = parseInt(match?.[1] ?? '', 16);
    if (match === null) {
      this.#fail('HPE_INVALID_CHUNK_SIZE', 'The size of a chunk is not a number.');
    } else {
      this.#expect(this.#left === 0 ? 'trailers' : 'chunk', MAX_HEAD_BYTES);
    }
  }

  #expect(state: State, room: number): void {
    this.#state = state;
    this.#room = room;
  }

  #finish(): void {
    this.#state = 'over';
    this.events.end();
  }

  #fail(code: string, message: string): void {
    this.#state = 'over';
    this.events.failed(failure(code, message));
  }
}

/** A failure of the exchange, told apart by what Node.js calls it. */
export function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
