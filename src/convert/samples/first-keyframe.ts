import { ConversionError } from '../problems';
import type { Sample } from './sample';

/** Where decoding can begin: the first key frame. Throws `ConversionError` where there is none. */
export function firstKey(samples: readonly Sample[]): number {
  const key = samples.findIndex(({ keyframe }) => keyframe);
  if (key < 0) {
    throw new ConversionError(
      'MissingKeyFrame',
      `decoding cannot begin with this chunk: none of its ${samples.length} frames of video is a key frame`,
    );
  }
  return key;
}
