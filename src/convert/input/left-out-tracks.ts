/** Reports the tracks that cannot be converted. */
import type { Track } from '../../matroska';
import type { Output } from '../output';
import type { ConversionErrorType } from '../problems';
import type { ChunkIdentity } from '../types';
import { trackText } from './chunk-tracks';

/** A track that is not converted, and why. */
export interface LeftOutTrack {
  readonly track: Track;
  readonly ErrorType: ConversionErrorType;
  /** A clause, without a full stop. */
  readonly why: string;
}

/** Reports the tracks that are left out, each once for as long as it is. */
export class LeftOutTracks {
  #told: ReadonlySet<string> = new Set();

  /** @param what happens to such a track, as a verb with its object */
  constructor(private readonly what = 'is left out') {}

  tell(leftOut: readonly LeftOutTrack[], identity: ChunkIdentity, output: Output): void {
    const keys = new Set<string>();
    for (const { track, ErrorType, why } of leftOut) {
      const key = `${ErrorType} ${trackText(track)}`;
      keys.add(key);
      if (!this.#told.has(key)) {
        output.note(ErrorType, `${trackText(track)} ${this.what}: ${why}`, identity);
      }
    }
    this.#told = keys;
  }
}
