/**
 * A local Kinesis Video Streams for the demo, the tests and users with no AWS account: control plane, data plane,
 * signatures, limits, and faults on demand. It must not know the engine (`matroska`, `kinesis-video`, `session`)
 * nor any AWS package, so that a mistake there is not mirrored here; of the project it knows `options` and the
 * clock.
 */
export { CONNECT_TRACKS, connectSamples } from './connect-call';
export type { ChunkSent, RequestRecord, SimulatorEvents } from './events';
export type { ActiveFault, BodyFault, Fault, FaultBook, FaultKind, HeadFault, Operation } from './faults';
export { FaultSyntaxError, checkFault, parseFault } from './fault-syntax';
export type { Fragment } from './fragment';
export { composeFragmentNumber, decomposeFragmentNumber } from './fragment-number';
export type { TlsOptions } from './http-plane';
export { MediaError } from './demuxer';
export type { MediaSource } from './media-library';
export { SAMPLE_FILE } from './media-library';
export type { Profile } from './playable';
export { readRecording, type RecordedChunk } from './recording';
export type { HeaderStyle } from './responses';
export { Simulator, type SimulatorOptions, type SimulatorStats, type StreamOptions } from './simulator';
export type { SimulatorCredentials } from './sigv4';
export type { StreamStats } from './stats';
export type { SimulatedStream } from './stream';
