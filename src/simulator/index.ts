/**
 * A local Kinesis Video Streams for the demo, the tests and users with no AWS account: control plane, data plane,
 * signatures, limits, and faults on demand. It must not know the engine (`matroska`, `kinesis-video`, `session`)
 * nor any AWS package, so that a mistake there is not mirrored here; of the project it knows `options` and the
 * clock.
 *
 * Imports run one way: cli, simulator, api, then ingest and faults, then streams, then media.
 */
export type {
  ChunkSent,
  RequestRecord,
  SimulatorCredentials,
  SimulatorEvents,
  StreamStats,
  TlsOptions,
} from './api';
export {
  FaultSyntaxError,
  checkFault,
  parseFault,
  type ActiveFault,
  type BodyFault,
  type Fault,
  type FaultBook,
  type FaultKind,
  type HeadFault,
  type HeaderStyle,
  type Operation,
} from './faults';
export {
  CONNECT_TRACKS,
  MediaError,
  SAMPLE_FILE,
  connectSamples,
  readRecording,
  type MediaSource,
  type Profile,
  type RecordedChunk,
} from './media';
export { Simulator, type SimulatorStats } from './simulator';
export type { SimulatorOptions, StreamOptions } from './simulator-options';
export {
  composeFragmentNumber,
  decomposeFragmentNumber,
  type Fragment,
  type SimulatedStream,
} from './streams';
