/** Inflates zlib data (RFC 1950, RFC 1951), in JavaScript alone, since nothing here may reach outside. */

/** What is wrong with the data. */
export class InflateError extends Error {
  override readonly name = 'InflateError';
}

const ZLIB_HEADER_BYTES = 2;
const DEFLATE = 8;
const PRESET_DICTIONARY = 0x20;
const MAX_CODE_BITS = 15;
const END_OF_BLOCK = 256;
const FIRST_LENGTH = 257;
const LENGTH_BASES = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCE_BASES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
/** The order in which the lengths of the code length codes are stored. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes there are of each length, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

let fixedCodes: { readonly literals: Code; readonly distances: Code } | undefined;

/**
 * @param maxBytes a result that would be larger is refused
 * @returns the data, in memory of its own
 * @throws InflateError
 */
export function inflate(data: Buffer, maxBytes: number): Buffer {
  const [method = 0, flags = 0] = data;
  if ((method & 15) !== DEFLATE || ((method << 8) | flags) % 31 !== 0 || (flags & PRESET_DICTIONARY) !== 0) {
    throw new InflateError('it does not begin as zlib data');
  }
  const bits = new Bits(data, ZLIB_HEADER_BYTES);
  const output = new Output(data.length, maxBytes);
  let isLast = false;
  while (!isLast) {
    isLast = bits.read(1) === 1;
    switch (bits.read(2)) {
      case 0:
        bits.copyStored(output);
        break;
      case 1:
        fixedCodes ??= makeFixedCodes();
        inflateBlock(bits, output, fixedCodes.literals, fixedCodes.distances);
        break;
      case 2: {
        const { literals, distances } = readCodes(bits);
        inflateBlock(bits, output, literals, distances);
        break;
      }
      default:
        throw new InflateError('a block has a type that there is not');
    }
  }
  const result = output.finish();
  if (bits.readChecksum() !== adler32(result)) {
    throw new InflateError('its checksum is wrong');
  }
  return result;
}

/** Bits, least significant first. */
class Bits {
  #held = 0;
  #count = 0;

  constructor(
    private readonly data: Buffer,
    private at: number,
  ) {}

  /** @param count up to 16 */
  read(count: number): number {
    while (this.#count < count) {
      this.#held |= this.#byte() << this.#count;
      this.#count += 8;
    }
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#count -= count;
    return value;
  }

  symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code |= this.read(1);
      const count = counts[length] ?? 0;
      if (code - first < count) {
        return symbols[index + code - first] ?? 0;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new InflateError('it has a code that was not defined');
  }

  /** A block without compression, which begins at a whole byte. */
  copyStored(output: Output): void {
    this.#skipToByte();
    const length = this.read(16);
    if (this.read(16) !== (~length & 0xffff)) {
      throw new InflateError('the length of a block is wrong');
    }
    const end = this.at + length;
    if (end > this.data.length) {
      throw new InflateError('it ends too early');
    }
    output.add(this.data.subarray(this.at, end));
    this.at = end;
  }

  readChecksum(): number {
    this.#skipToByte();
    if (this.at + 4 > this.data.length) {
      throw new InflateError('it ends too early');
    }
    return this.data.readUInt32BE(this.at);
  }

  /** Fewer than 8 bits are held between reads. */
  #skipToByte(): void {
    this.#held = 0;
    this.#count = 0;
  }

  #byte(): number {
    const byte = this.data[this.at++];
    if (byte === undefined) {
      throw new InflateError('it ends too early');
    }
    return byte;
  }
}

/** What has been inflated, in memory that grows as it comes, up to a limit. */
class Output {
  #bytes: Buffer;
  #length = 0;

  constructor(
    inputBytes: number,
    private readonly maxBytes: number,
  ) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(2 * inputBytes, maxBytes));
  }

  push(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  add(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Repeats what came before; it may overlap with what it becomes. */
  repeat(distance: number, length: number): void {
    if (distance > this.#length) {
      throw new InflateError('it repeats what did not come');
    }
    this.#reserve(length);
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++, this.#length++) {
      bytes[this.#length] = bytes[this.#length - distance] ?? 0;
    }
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.maxBytes) {
      throw new InflateError(`it becomes more than ${this.maxBytes} bytes`);
    }
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * this.#bytes.length, needed), this.maxBytes));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
  }
}

function inflateBlock(bits: Bits, output: Output, literals: Code, distances: Code): void {
  for (;;) {
    const symbol = bits.symbol(literals);
    if (symbol < END_OF_BLOCK) {
      output.push(symbol);
    } else if (symbol === END_OF_BLOCK) {
      return;
    } else {
      const base = LENGTH_BASES[symbol - FIRST_LENGTH];
      if (base === undefined) {
        throw new InflateError('it has a length that there is not');
      }
      const length = base + bits.read(LENGTH_EXTRA_BITS[symbol - FIRST_LENGTH] ?? 0);
      const distance = bits.symbol(distances);
      const from = DISTANCE_BASES[distance];
      if (from === undefined) {
        throw new InflateError('it has a distance that there is not');
      }
      output.repeat(from + bits.read(distance < 4 ? 0 : (distance >> 1) - 1), length);
    }
  }
}

function readCodes(bits: Bits): { readonly literals: Code; readonly distances: Code } {
  const literalCount = bits.read(5) + FIRST_LENGTH;
  const distanceCount = bits.read(5) + 1;
  const codeLengthCount = bits.read(4) + 4;
  const codeLengths = new Uint8Array(CODE_LENGTH_ORDER.length);
  for (const symbol of CODE_LENGTH_ORDER.slice(0, codeLengthCount)) {
    codeLengths[symbol] = bits.read(3);
  }
  const lengthCode = makeCode(codeLengths);
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let at = 0; at < lengths.length;) {
    const symbol = bits.symbol(lengthCode);
    if (symbol < 16) {
      lengths[at++] = symbol;
      continue;
    }
    if (symbol === 16 && at === 0) {
      throw new InflateError('a length of a code repeats none');
    }
    const value = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
    const count = symbol === 16 ? 3 + bits.read(2) : symbol === 17 ? 3 + bits.read(3) : 11 + bits.read(7);
    if (at + count > lengths.length) {
      throw new InflateError('it has more lengths of codes than codes');
    }
    lengths.fill(value, at, at + count);
    at += count;
  }
  return {
    literals: makeCode(lengths.subarray(0, literalCount)),
    distances: makeCode(lengths.subarray(literalCount)),
  };
}

function makeFixedCodes(): { readonly literals: Code; readonly distances: Code } {
  const literals = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  return { literals: makeCode(literals), distances: makeCode(new Uint8Array(30).fill(5)) };
}

/** @param lengths of each symbol's code, in bits; 0 for a symbol that does not occur */
function makeCode(lengths: Uint8Array): Code {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) {
    counts[length] = (counts[length] ?? 0) + 1;
  }
  counts[0] = 0;
  const nextIndex = new Uint16Array(MAX_CODE_BITS + 2);
  let left = 1;
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    left = 2 * left - (counts[length] ?? 0);
    if (left < 0) {
      throw new InflateError('it has more codes of a length than there can be');
    }
    nextIndex[length + 1] = (nextIndex[length] ?? 0) + (counts[length] ?? 0);
  }
  const symbols = new Uint16Array(lengths.length);
  for (const [symbol, length] of lengths.entries()) {
    if (length > 0) {
      const index = nextIndex[length] ?? 0;
      symbols[index] = symbol;
      nextIndex[length] = index + 1;
    }
  }
  return { counts, symbols };
}

/** RFC 1950, section 8.2. */
function adler32(bytes: Buffer): number {
  const MODULUS = 65_521;
  /** So many bytes can be added before the sums could outgrow 32 bits. */
  const RUN = 3_800;
  let low = 1;
  let high = 0;
  for (let from = 0; from < bytes.length; from += RUN) {
    const end = Math.min(from + RUN, bytes.length);
    for (let i = from; i < end; i++) {
      low += bytes[i] ?? 0;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return high * 0x1_0000 + low;
}
