/** Where decoding can begin. */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { Sample } from './sample';

/** Position of the first key frame. Throws `ConversionError` if there is none. */
export function firstKeyframe(samples: readonly Sample[]): number {
  const key = samples.findIndex(({ keyframe }) => keyframe);
  if (key < 0) {
    throw new ConversionError('MissingKeyFrame', conversionStatement('conversion.noKeyFrame', {}));
  }
  return key;
}
