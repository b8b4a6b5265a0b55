import { ElementHeader, READ, UNKNOWN_SIZE } from './ebml';
import { MalformedMediaError } from './errors';
import { elementName } from './ids';

/** Steps through the children of a master whose bytes lie in one piece. Throws `MalformedMediaError`. */
export class Children {
  /** Of the current child. */
  id = 0;
  /** Its content within `bytes`. */
  start = 0;
  end = 0;

  readonly #header = new ElementHeader();
  /** Where the current child begins, and the next one. */
  #begin: number;
  #at: number;

  constructor(
    readonly bytes: Buffer,
    from: number,
    private readonly to: number,
    /** Offset of `bytes` in the response, for messages. */
    private readonly offset: number,
    /** Of the master, for messages. */
    private readonly path: string,
  ) {
    this.#begin = from;
    this.#at = from;
  }

  static of(bytes: Buffer, offset: number, path: string): Children {
    return new Children(bytes, 0, bytes.length, offset, path);
  }

  next(): boolean {
    if (this.#at >= this.to) {
      return false;
    }
    const outcome = this.#header.read(this.bytes, this.#at, this.to);
    this.#begin = this.#at;
    if (outcome !== READ) {
      throw new MalformedMediaError(
        'an element begins that cannot be read',
        this.offset + this.#at,
        undefined,
        this.path,
      );
    }
    this.id = this.#header.id;
    if (this.#header.size === UNKNOWN_SIZE) {
      throw this.malformed('an element of unknown size, where the size must be known');
    }
    this.start = this.#at + this.#header.length;
    this.end = this.start + this.#header.size;
    if (this.end > this.to) {
      throw this.malformed('an element that reaches beyond the end of its parent');
    }
    this.#at = this.end;
    return true;
  }

  /** The children of the current child. */
  inner(): Children {
    return new Children(
      this.bytes,
      this.start,
      this.end,
      this.offset,
      `${this.path}/${elementName(this.id)}`,
    );
  }

  uint(): number {
    const value = this.uint64();
    if (value > Number.MAX_SAFE_INTEGER) {
      throw this.malformed('an integer above 2^53');
    }
    return Number(value);
  }

  float(): number {
    switch (this.end - this.start) {
      case 0:
        return 0;
      case 4:
        return this.bytes.readFloatBE(this.start);
      case 8:
        return this.bytes.readDoubleBE(this.start);
      default:
        throw this.malformed('a floating-point number of neither 4 nor 8 bytes');
    }
  }

  /** UTF-8, up to the first NUL: strings may be padded (RFC 8794, section 7.4). */
  string(maxBytes: number): string {
    if (this.end - this.start > maxBytes) {
      throw this.malformed(`a string of ${this.end - this.start} bytes, where ${maxBytes} are allowed`);
    }
    const text = this.bytes.toString('utf8', this.start, this.end);
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }

  /** A copy in memory of its own, which may outlive the bytes. */
  binary(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.end - this.start);
    this.bytes.copy(copy, 0, this.start, this.end);
    return copy;
  }

  malformed(message: string): MalformedMediaError {
    return new MalformedMediaError(
      message,
      this.offset + this.#begin,
      this.id,
      `${this.path}/${elementName(this.id)}`,
    );
  }

  private uint64(): bigint {
    if (this.end - this.start > 8) {
      throw this.malformed('an integer of more than 8 bytes');
    }
    return readUint(this.bytes, this.start, this.end);
  }
}

/** An unsigned integer of 0 to 8 bytes (RFC 8794, section 7.2). */
export function readUint(bytes: Buffer, start: number, end: number): bigint {
  let value = 0n;
  for (let at = start; at < end; at++) {
    value = value * 256n + BigInt(bytes[at] ?? 0);
  }
  return value;
}
