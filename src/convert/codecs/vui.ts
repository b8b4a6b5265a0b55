/** Video usability information: how the pictures of H.264 and H.265 are to be shown (ITU-T H.264 and H.265, annexes E). */
import { ConversionError } from '../problems';
import type { BitReader } from './bit-reader';

export interface Vui {
  /** Width and height of a pixel. */
  readonly pixelAspect?: PixelAspect;
  readonly colour?: Colour;
  readonly framesPerSecond?: number;
}

export interface PixelAspect {
  readonly horizontal: number;
  readonly vertical: number;
}

/** Code points of ITU-T H.273; 2 says that nothing is specified. */
export interface Colour {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly isFullRange: boolean;
}

export const UNSPECIFIED_COLOUR = 2;

const EXTENDED_ASPECT = 255;
/** By aspect_ratio_idc, from 1 on. */
const ASPECTS = [
  ...[1, 1, 12, 11, 10, 11, 16, 11, 40, 33, 24, 11, 20, 11, 32, 11],
  ...[80, 33, 18, 11, 15, 11, 64, 33, 160, 99, 4, 3, 3, 2, 2, 1],
];

type Draft = { -readonly [Key in keyof Vui]: Vui[Key] };

/** What a VUI has between the chroma location and the time: nothing in H.264, several flags in H.265. */
type SkipToTiming = (bits: BitReader) => void;

/**
 * @param bits at vui_parameters_present_flag
 * @param fieldsPerTick by how much the rate of H.264 is larger than that of frames
 * @returns what could be read: an odd VUI is no reason to refuse the media
 */
export function readVui(bits: BitReader, skipToTiming: SkipToTiming, fieldsPerTick: 1 | 2): Vui {
  const vui: Draft = {};
  try {
    if (bits.flag()) {
      readAspect(bits, vui);
      readSignal(bits, vui);
      if (bits.flag()) {
        bits.unsigned();
        bits.unsigned();
      }
      skipToTiming(bits);
      readTiming(bits, vui, fieldsPerTick);
    }
  } catch (error) {
    if (!(error instanceof ConversionError)) {
      throw error;
    }
  }
  return vui;
}

function readAspect(bits: BitReader, vui: Draft): void {
  if (bits.flag()) {
    const index = bits.bits(8);
    const at = 2 * (index - 1);
    const [horizontal = 0, vertical = 0] =
      index === EXTENDED_ASPECT
        ? [bits.bits(16), bits.bits(16)]
        : index === 0
          ? []
          : ASPECTS.slice(at, at + 2);
    if (horizontal > 0 && vertical > 0) {
      vui.pixelAspect = { horizontal, vertical };
    }
  }
  if (bits.flag()) {
    bits.skip(1);
  }
}

function readSignal(bits: BitReader, vui: Draft): void {
  if (!bits.flag()) {
    return;
  }
  bits.skip(3);
  const isFullRange = bits.flag();
  const [primaries, transfer, matrix] = bits.flag()
    ? [bits.bits(8), bits.bits(8), bits.bits(8)]
    : [UNSPECIFIED_COLOUR, UNSPECIFIED_COLOUR, UNSPECIFIED_COLOUR];
  vui.colour = { primaries, transfer, matrix, isFullRange };
}

function readTiming(bits: BitReader, vui: Draft, fieldsPerTick: number): void {
  if (bits.flag()) {
    const unitsInTick = bits.bits(32);
    const rate = bits.bits(32) / (fieldsPerTick * unitsInTick);
    if (rate > 0 && rate <= 1_000) {
      vui.framesPerSecond = rate;
    }
  }
}
