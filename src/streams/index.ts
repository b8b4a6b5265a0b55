/**
 * Reads many streams side by side, each by a `Session` of its own. Which of a fleet's streams are read here, and where
 * each begins, is for a `Coordinator` to say.
 */
export { ConnectPace } from './connect-pace';
export type {
  Assignment,
  CoordinationEvent,
  Coordinator,
  CoordinatorEvents,
  WantedStream,
} from './coordinator';
export { LocalCoordinator, type PositionStore } from './local-coordinator';
export type { SetStats } from './set-stats';
export { StreamReader, type ReadingOptions, type StreamCondition } from './stream-reader';
export { StreamSet, type StreamSetDependencies, type StreamSetEvents } from './stream-set';
