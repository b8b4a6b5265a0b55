import { writeLengthPrefixed, type NalUnits } from './nal-units';

/** A frame as a file holds it: where its bytes are, and how many they become. Nothing has been copied yet. */
export interface Sample {
  /** Its frame's place in the chunk, all tracks. */
  readonly index: number;
  readonly data: Buffer;
  /** Where the NAL units of a frame of H.264 or H.265 lie in it. */
  readonly units?: NalUnits;
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
