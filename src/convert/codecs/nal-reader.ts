/**
 * Reads slices and messages where they lie, without their emulation prevention bytes (ISO/IEC 14496-10, section 7.4.1):
 * there are some in every picture, so nothing is copied for them.
 */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';

export class NalReader {
  #byte = 0;
  /** Bits of it that were not read yet. */
  #left = 0;
  #zeros = 0;

  /**
   * @param at after the header of the NAL unit
   * @param end of what is read of it
   */
  constructor(
    private readonly data: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  /** Is there no more than one byte left? That is the one with the stop bit. */
  isAtStop(): boolean {
    return this.at >= this.end - 1;
  }

  /** Bytes that are left, with emulation prevention bytes. */
  get left(): number {
    return this.end - this.at;
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
    if (this.at >= this.end) {
      throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
    }
    return this.data[this.at++] ?? 0;
  }
}
