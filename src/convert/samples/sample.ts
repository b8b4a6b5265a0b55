/** Samples: frames as a file holds them, written with the one copy of their bytes. */
import { type NalUnits, writeLengthPrefixed } from '../codecs/nal-units';
import type { VideoConfiguration } from '../codecs/parameter-sets';

/** Bytes of a sample that lie in one piece. */
export interface SamplePart {
  readonly data: Buffer;
  /** Where the NAL units of a frame of H.264 or H.265 lie in it. */
  readonly units?: NalUnits | undefined;
  /** To be written with a length of 4 bytes before each; undefined where `data` is taken as it is. */
  readonly nals?: NalUnits | undefined;
}

/** A frame as a file holds it: where its bytes are, and how many they become. Nothing has been copied yet. */
export interface Sample extends SamplePart {
  /** Parts after the first, where a picture came in several blocks. */
  readonly more?: readonly SamplePart[] | undefined;
  /** Its frame's place in the chunk, all tracks. */
  readonly index: number;
  /** Bytes once written. */
  readonly size: number;
  /** When it is shown, ms from the chunk's first cluster. */
  readonly timeMs: number;
  readonly keyframe: boolean;
  readonly discardable: boolean;
  /** What a decoder that begins with this key frame of H.264 or H.265 has to be told. */
  readonly configuration?: VideoConfiguration | undefined;
}

export function partsOf(sample: Sample): readonly SamplePart[] {
  return sample.more === undefined ? [sample] : [sample, ...sample.more];
}

/** Gives the position after the sample. */
export function writeSample(sample: Sample, target: Buffer, at: number): number {
  let to = writePart(sample, target, at);
  if (sample.more !== undefined) {
    for (const part of sample.more) {
      to = writePart(part, target, to);
    }
  }
  return to;
}

function writePart({ data, nals }: SamplePart, target: Buffer, at: number): number {
  return nals === undefined ? at + data.copy(target, at) : writeLengthPrefixed(data, nals, target, at);
}
