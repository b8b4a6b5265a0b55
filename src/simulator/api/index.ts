/**
 * The service's HTTP API: planes and ports, operations, signatures, limits and the record of calls. It must not know
 * who starts it or the command line.
 */
export { addStream, DEFAULT_REGION } from './add-stream';
export type { StreamMaker } from './admin-streams';
export { ControlPlane } from './control-plane';
export { DataPlane, type DataPlanes } from './data-plane';
export type { ChunkSent, RequestRecord, SimulatorEvents } from './events';
export type { TlsOptions } from './http-plane';
export { isLoopbackHost } from './loopback';
export type { OperationTable } from './operation';
export { ARCHIVED_OPERATIONS, MEDIA_OPERATIONS, controlOperations, pathsElsewhere } from './operation-tables';
export { printable } from '../../printable';
export { Service, type ServiceOptions } from './service';
export type { SimulatorCredentials } from './sigv4';
export { Stats, type Limits, type StreamStats } from './stats';
