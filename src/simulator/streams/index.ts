/**
 * Streams: the fragments that they retain, and the cameras that produce into them. It must not know the API, faults
 * or ingest.
 */
export type { Fragment } from './fragment';
export {
  FragmentNumbers,
  composeFragmentNumber,
  decomposeFragmentNumber,
  isFragmentNumber,
} from './fragment-number';
export { limitMemory } from './memory-limit';
export { Pace } from './pace';
export type { Producer, TagGroup } from './producer';
export type { RecordedGap } from './recorded-past';
export {
  detailsOf,
  storedEnd,
  storedMedia,
  type FragmentDetails,
  type TimestampMember,
} from './stored-fragment';
export { SimulatedStream, type ResourceTags } from './stream';
