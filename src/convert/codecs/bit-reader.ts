/** Bits of parameter sets and configurations, and the bytes of NAL units without what escapes start codes. */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';

/** Reads bits, most significant first; for parameter sets and audio configurations, never for media. */
export class BitReader {
  #bit = 0;

  constructor(private readonly bytes: Buffer) {}

  /** Bits read so far. */
  get position(): number {
    return this.#bit;
  }

  /** @param count up to 32 */
  bits(count: number): number {
    if (this.#bit + count > this.bytes.length * 8) {
      throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
    }
    let value = 0;
    for (let i = 0; i < count; i++, this.#bit++) {
      value = value * 2 + (((this.bytes[this.#bit >> 3] ?? 0) >> (7 - (this.#bit & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    for (let left = count; left > 0; left -= 32) {
      this.bits(Math.min(left, 32));
    }
  }

  /** ue(v), ISO/IEC 14496-10 section 9.1. */
  unsigned(): number {
    let zeros = 0;
    while (!this.flag()) {
      if (++zeros > 32) {
        throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
      }
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v), ISO/IEC 14496-10 section 9.1.1. */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}

const PREVENTION = Buffer.from([0, 0, 3]);

/** A NAL unit without its emulation prevention bytes (ISO/IEC 14496-10, section 7.4.1): itself where it has none. */
export function rawBytes(nal: Buffer): Buffer {
  if (!nal.includes(PREVENTION)) {
    return nal;
  }
  const raw = Buffer.allocUnsafe(nal.length);
  let length = 0;
  let zeros = 0;
  let at = 0;
  while (at < nal.length) {
    const byte = nal[at++] ?? 0;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    raw[length++] = byte;
  }
  return raw.subarray(0, length);
}

/** Bits of a NAL unit without what `cuts` names (from, to), and without the zeros after the stop bit. */
export function bitsWithout(raw: Buffer, cuts: readonly (readonly [number, number])[]): string {
  const bits = [...raw].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let kept = '';
  let at = 0;
  for (const [from, to] of cuts) {
    kept += bits.slice(at, from);
    at = to;
  }
  return (kept + bits.slice(at)).replace(/0+$/, '');
}
