/**
 * What can be said about media that is not converted, or not as it is: as data, see `../statement.ts`. All are clauses,
 * without a full stop. Causes that a person would deal with in the same way are one statement.
 */
import { statementsOf } from '../statement';

export const CONVERSION_STATEMENTS = {
  // Of what it is said; `why` is one of the others. A track is named as `trackLabel` does.
  'conversion.track': ['track', 'why'],
  'conversion.leftOut': ['track', 'why'],
  'conversion.declaredOnly': ['track', 'why'],
  'conversion.noTrack': ['tracks', 'why'],

  // Why the output has no such track.
  'conversion.noSuchTrack': [],
  'conversion.onlyVideo': [],
  'conversion.onlyAac': [],
  'conversion.onlyPcm': [],
  'conversion.onlyPictures': [],
  'conversion.notPlayable': ['format'],
  'conversion.unreadable': [],
  'conversion.adtsProfile': [],

  // Parameter sets, codec private data, and what takes their place.
  'conversion.codecDataMissing': [],
  'conversion.codecDataInvalid': [],
  'conversion.codecDataTooLarge': [],

  // Frames.
  'conversion.frameTooLarge': ['sizeInBytes', 'allowedBytes'],
  'conversion.restoredTooLarge': ['allowedBytes'],
  'conversion.notInflated': [],
  'conversion.notWholeSamples': ['frame', 'sizeInBytes'],
  'conversion.notNalUnits': ['frame'],
  'conversion.strayNalUnits': [],

  // Chunks.
  'conversion.empty': [],
  'conversion.truncated': ['frames'],
  'conversion.chunkTooLarge': ['sizeInBytes', 'allowedBytes'],
  'conversion.grows': ['sizeInBytes', 'outputBytes'],
  'conversion.tooManyFrames': ['most'],
  'conversion.tooManyNalUnits': ['most'],
  'conversion.setsChange': ['most'],
  'conversion.noKeyFrame': [],
  'conversion.beforeKeyFrame': ['frames'],
  'conversion.tracksChanged': [],

  // Times.
  'conversion.spansHours': ['hours'],
  'conversion.goesBack': ['backMs'],
  'conversion.repeats': [],
  'conversion.silenceMissing': ['missingMs'],

  'conversion.again': ['count'],

  // Pictures that nobody acknowledged.
  'conversion.notAcknowledged': [],
} as const;

/** Creates the statements of this folder. */
export const conversionStatement = statementsOf<typeof CONVERSION_STATEMENTS>();
