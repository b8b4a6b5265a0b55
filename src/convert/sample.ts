import { writeLengthPrefixed, type NalUnits } from './nal-units';

/** A frame as a file holds it: where its bytes are, and how many they become. Nothing has been copied yet. */
export interface Sample {
  readonly data: Buffer;
  /** To be written with a length of 4 bytes before each; undefined where `data` is taken as it is. */
  readonly nals?: NalUnits;
  /** Once written. */
  readonly size: number;
  /** When it is shown, ms from the chunk's first cluster. */
  readonly timeMs: number;
  readonly keyframe: boolean;
  readonly discardable: boolean;
}

/** Gives the position behind the sample. */
export function writeSample({ data, nals }: Sample, target: Buffer, at: number): number {
  return nals === undefined ? at + data.copy(target, at) : writeLengthPrefixed(data, nals, target, at);
}
