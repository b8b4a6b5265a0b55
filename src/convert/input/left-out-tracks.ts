/** Reports the tracks that cannot be converted. */
import type { Track } from '../../matroska';
import type { ConversionResults } from '../conversion-results';
import type { ConversionErrorType } from '../problems';
import type { Statement } from '../../statement';
import { conversionStatement } from '../conversion-statements';
import type { ChunkIdentity } from '../types';
import { trackLabel } from './chunk-tracks';

/** A track that is not converted, and why. */
export interface LeftOutTrack {
  readonly track: Track;
  readonly ErrorType: ConversionErrorType;
  readonly why: Statement;
}

/** Reports the tracks that are left out, each once for as long as it is. */
export class LeftOutTracks {
  #told: ReadonlySet<string> = new Set();

  /** @param what happens to such a track */
  constructor(private readonly what: 'leftOut' | 'declaredOnly' = 'leftOut') {}

  tell(leftOut: readonly LeftOutTrack[], identity: ChunkIdentity, results: ConversionResults): void {
    const keys = new Set<string>();
    for (const { track, ErrorType, why } of leftOut) {
      const label = trackLabel(track);
      const key = `${ErrorType} ${label}`;
      keys.add(key);
      if (!this.#told.has(key)) {
        results.note(
          ErrorType,
          conversionStatement(`conversion.${this.what}`, { track: label, why }),
          identity,
        );
      }
    }
    this.#told = keys;
  }
}
