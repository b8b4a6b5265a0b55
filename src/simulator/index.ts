/**
 * A local Kinesis Video Streams for the demo, the tests and users with no AWS account: control plane, data plane,
 * signatures, limits, and faults on demand. It must not know the engine (`matroska`, `kinesis-video`, `session`)
 * nor any AWS package, so that a mistake there is not mirrored here; of the project it knows `options` and the
 * clock.
 */
export { CONNECT_TRACKS, connectSamples } from './media/connect-call';
export type { ChunkSent, RequestRecord, SimulatorEvents } from './api/events';
export type {
  ActiveFault,
  BodyFault,
  Fault,
  FaultBook,
  FaultKind,
  HeadFault,
  Operation,
} from './faults/fault-book';
export { FaultSyntaxError, checkFault, parseFault } from './faults/fault-syntax';
export type { Fragment } from './streams/fragment';
export { composeFragmentNumber, decomposeFragmentNumber } from './streams/fragment-number';
export type { TlsOptions } from './api/http-plane';
export { MediaError } from './media/demuxer';
export type { MediaSource } from './media/media-library';
export { SAMPLE_FILE } from './media/media-library';
export type { Profile } from './media/playable';
export { readRecording, type RecordedChunk } from './media/recording';
export type { HeaderStyle } from './api/responses';
export { Simulator, type SimulatorOptions, type SimulatorStats, type StreamOptions } from './simulator';
export type { SimulatorCredentials } from './api/sigv4';
export type { StreamStats } from './api/stats';
export type { SimulatedStream } from './streams/stream';
