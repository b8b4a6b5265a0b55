/** Steps through the children of a master whose bytes lie in one piece, and reads their values. */
import { ElementHeader, READ, UNKNOWN_SIZE } from './ebml';
import { MalformedMediaError, UNREPORTED } from './errors';
import { elementName } from './ids';
import type { ViolationDetail, ViolationName } from './violation-statements';

/** Where the content of a master is, and what it is. */
export interface MasterElement {
  readonly id: number;
  /** Have its content, from `from` to `to`. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** Offset of `bytes` in the response. */
  readonly offset: number;
  /** Path of the element that it lies in. */
  readonly around: string;
  /** Whether what is wrong with it will be reported. */
  readonly reports: boolean;
}

/** How many more elements may be read. One counts for a master and all that is in it. */
export interface ElementBudget {
  left: number;
}

/** For all of them: what it has read is taken over at once. */
const HEADER = new ElementHeader();

/** Steps through the children of a master whose bytes lie in one piece. Throws `MalformedMediaError`. */
export class Children {
  /** Id of the current child. */
  id = 0;
  /** Its content within `bytes`. */
  start = 0;
  end = 0;

  /** Where the current child begins, and the next one. */
  #begin: number;
  #at: number;

  constructor(
    readonly bytes: Buffer,
    private readonly from: number,
    private readonly to: number,
    /** Offset of `bytes` in the response, for messages. */
    private readonly offset: number,
    /** For messages: the master's id, and what is around it, of which the path is put together only when needed. */
    private readonly masterId: number,
    private readonly around: string | Children,
    private readonly reports: boolean,
    private readonly budget: ElementBudget,
  ) {
    this.#begin = from;
    this.#at = from;
  }

  static of(master: MasterElement, budget: ElementBudget): Children {
    const { bytes, from, to, offset, id, around, reports } = master;
    return new Children(bytes, from, to, offset, id, around, reports, budget);
  }

  /** Has it a further child, which the budget has no room for? */
  get isOverBudget(): boolean {
    return this.budget.left <= 0 && this.#at < this.to;
  }

  /** The next child is the first one again. */
  restart(): void {
    this.#at = this.from;
  }

  next(): boolean {
    const at = this.#at;
    if (at >= this.to) {
      return false;
    }
    this.#begin = at;
    if (this.budget.left <= 0) {
      throw this.#error('tooManyChildren', {}, undefined);
    }
    this.budget.left -= 1;
    const outcome = HEADER.read(this.bytes, at, this.to);
    if (outcome !== READ) {
      throw this.#error('unreadableElement', {}, undefined);
    }
    this.id = HEADER.id;
    if (HEADER.size === UNKNOWN_SIZE) {
      throw this.malformed('unknownSize');
    }
    this.start = at + HEADER.length;
    this.end = this.start + HEADER.size;
    if (this.end > this.to) {
      throw this.malformed('beyondParent');
    }
    this.#at = this.end;
    return true;
  }

  /** The children of the current child. */
  inner(): Children {
    const { bytes, start, end, offset, id, reports, budget } = this;
    return new Children(bytes, start, end, offset, id, this, reports, budget);
  }

  uint(): number {
    const value = this.uint64();
    if (value > Number.MAX_SAFE_INTEGER) {
      throw this.malformed('integerTooLarge');
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
        throw this.malformed('floatLength');
    }
  }

  /** UTF-8, up to the first NUL: strings may be padded (RFC 8794, section 7.4). */
  string(maxBytes: number): string {
    if (this.end - this.start > maxBytes) {
      throw this.malformed('stringTooLong', { sizeInBytes: this.end - this.start, allowedBytes: maxBytes });
    }
    const text = this.bytes.toString('utf8', this.start, this.end);
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }

  /** The first bytes of a string. */
  beginning(bytes: number): string {
    return this.bytes.toString('utf8', this.start, Math.min(this.start + bytes, this.end));
  }

  /** A copy in memory of its own, which may outlive the bytes. */
  binary(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.end - this.start);
    this.bytes.copy(copy, 0, this.start, this.end);
    return copy;
  }

  malformed(name: ViolationName, figures: ViolationDetail['figures'] = {}): MalformedMediaError {
    return this.#error(name, figures, this.id);
  }

  /** @param id of the child at fault, where it could be read */
  #error(
    name: ViolationName,
    figures: ViolationDetail['figures'],
    id: number | undefined,
  ): MalformedMediaError {
    if (!this.reports) {
      return UNREPORTED;
    }
    const path = this.#path();
    return new MalformedMediaError(
      { name, figures },
      this.offset + this.#begin,
      id,
      id === undefined ? path : `${path}/${elementName(id)}`,
    );
  }

  #path(): string {
    const { around } = this;
    const outer = typeof around === 'string' ? around : around.#path();
    return `${outer}${outer === '' ? '' : '/'}${elementName(this.masterId)}`;
  }

  private uint64(): bigint {
    if (this.end - this.start > 8) {
      throw this.malformed('integerTooLong');
    }
    return readUint(this.bytes, this.start, this.end);
  }
}

/** An unsigned integer of 0 to 8 bytes (RFC 8794, section 7.2). */
export function readUint(bytes: Buffer, start: number, end: number): bigint {
  const middle = Math.max(start, end - 4);
  const [high, low] = [readUint32(bytes, start, middle), readUint32(bytes, middle, end)];
  return high === 0 ? BigInt(low) : BigInt(high) * 0x1_0000_0000n + BigInt(low);
}

/** Of 0 to 4 bytes. */
function readUint32(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    value = value * 256 + (bytes[at] ?? 0);
  }
  return value;
}
