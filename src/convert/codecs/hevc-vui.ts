/** The way to the video usability information of H.265 (ISO/IEC 23008-2, section 7.3.2.2.1 from the bit depths on). */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { BitReader } from './bit-reader';
import { readVui, type Vui } from './vui';

const MAX_SETS = 64;
const MAX_PICTURES = 16;

/** @param bits after bit_depth_chroma_minus8 */
export function readHevcVui(bits: BitReader, temporalLayers: number): Vui {
  try {
    skipToVui(bits, temporalLayers);
  } catch (error) {
    if (error instanceof ConversionError) {
      return {};
    }
    throw error;
  }
  return readVui(bits, skipToTiming, 1);
}

function skipToVui(bits: BitReader, temporalLayers: number): void {
  const orderBits = bits.unsigned() + 4;
  const ordered = bits.flag() ? temporalLayers : 1;
  for (let i = 0; i < 3 * ordered; i++) {
    bits.unsigned();
  }
  // Sizes of coding blocks and transforms, and depths of their trees.
  for (let i = 0; i < 6; i++) {
    bits.unsigned();
  }
  if (bits.flag() && bits.flag()) {
    skipScalingLists(bits);
  }
  bits.skip(2);
  if (bits.flag()) {
    bits.skip(8);
    bits.unsigned();
    bits.unsigned();
    bits.skip(1);
  }
  skipReferenceSets(bits);
  if (bits.flag()) {
    for (let left = atMost(bits.unsigned(), 32); left > 0; left--) {
      bits.skip(orderBits + 1);
    }
  }
  bits.skip(2);
}

function skipScalingLists(bits: BitReader): void {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!bits.flag()) {
        bits.unsigned();
        continue;
      }
      const count = Math.min(64, 1 << (4 + 2 * size));
      for (let left = count + (size > 1 ? 1 : 0); left > 0; left--) {
        bits.signed();
      }
    }
  }
}

/** Short-term reference picture sets (section 7.3.7); one may be told by its difference to the one before. */
function skipReferenceSets(bits: BitReader): void {
  const sets = atMost(bits.unsigned(), MAX_SETS);
  let pictures = 0;
  for (let set = 0; set < sets; set++) {
    if (set > 0 && bits.flag()) {
      bits.skip(1);
      bits.unsigned();
      let kept = 0;
      for (let i = 0; i <= pictures; i++) {
        const isUsed = bits.flag();
        kept += isUsed || bits.flag() ? 1 : 0;
      }
      pictures = kept;
    } else {
      pictures = atMost(bits.unsigned(), MAX_PICTURES) + atMost(bits.unsigned(), MAX_PICTURES);
      for (let i = 0; i < pictures; i++) {
        bits.unsigned();
        bits.skip(1);
      }
    }
  }
}

function skipToTiming(bits: BitReader): void {
  bits.skip(3);
  if (bits.flag()) {
    for (let i = 0; i < 4; i++) {
      bits.unsigned();
    }
  }
}

function atMost(value: number, largest: number): number {
  if (value > largest) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  return value;
}
