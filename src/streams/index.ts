/**
 * Reads many streams side by side, each by a `Session` of its own. Which of a fleet's streams are read here, and where
 * each begins, is for a `Coordinator` to say.
 */
export type {
  Assignment,
  CoordinationEvent,
  Coordinator,
  CoordinatorEvents,
  WantedStream,
} from './coordinator';
export { LocalCoordinator, type PositionStore } from './local-coordinator';
