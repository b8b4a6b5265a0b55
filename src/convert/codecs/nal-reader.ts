/** Reads slices and messages where they lie: there are some in every picture, so nothing is copied for them. */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Reads one NAL unit after the other, without emulation prevention bytes (ISO/IEC 14496-10, section 7.4.1). One reader
 * serves a whole chunk.
 */
export class NalReader {
  #data = NOTHING;
  #at = 0;
  #end = 0;
  #byte = 0;
  /** Bits of it that were not read yet. */
  #left = 0;
  #zeros = 0;

  /**
   * Begins another NAL unit.
   *
   * @param at after its header
   * @param end of what is read of it
   */
  begin(data: Buffer, at: number, end: number): void {
    this.#data = data;
    this.#at = at;
    this.#end = end;
    this.#left = 0;
    this.#zeros = 0;
  }

  /** Is there no more than one byte left? That is the one with the stop bit. */
  isAtStop(): boolean {
    return this.#at >= this.#end - 1;
  }

  /** Bytes that are left, with emulation prevention bytes. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** The next byte, where no bit of one was read. Throws `ConversionError` at the end. */
  byte(): number {
    return this.#nextByte();
  }

  bit(): number {
    if (this.#left === 0) {
      this.#byte = this.#nextByte();
      this.#left = 8;
    }
    this.#left -= 1;
    return (this.#byte >> this.#left) & 1;
  }

  /** ue(v), ISO/IEC 14496-10 section 9.1. */
  unsigned(): number {
    let zeros = 0;
    while (this.bit() === 0) {
      if (++zeros > 32) {
        throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
      }
    }
    let value = 1;
    for (let i = 0; i < zeros; i++) {
      value = value * 2 + this.bit();
    }
    return value - 1;
  }

  /** Leaves out emulation prevention bytes. */
  #nextByte(): number {
    let byte = this.#take();
    if (this.#zeros >= 2 && byte === 3) {
      this.#zeros = 0;
      byte = this.#take();
    }
    this.#zeros = byte === 0 ? this.#zeros + 1 : 0;
    return byte;
  }

  #take(): number {
    if (this.#at >= this.#end) {
      throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
    }
    return this.#data[this.#at++] ?? 0;
  }
}
