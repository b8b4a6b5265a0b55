/**
 * Faults on demand: what can go wrong, how it is asked for, which call gets it, and what it does to a chunk. It must
 * not know the API, which plays the faults out, or ingest.
 */
export { firstByteLimit, type ByteLimit, type Ending } from './body-ending';
export { planChunk, type ChunkPlan } from './chunk-plan';
export {
  OPERATIONS,
  type BodyFault,
  type ErrorBody,
  type Fault,
  type FaultKind,
  type HeadFault,
  type HeaderStyle,
  type MediaStream,
  type Operation,
} from './fault';
export { FaultBook, type ActiveFault } from './fault-book';
export { FAULT_KINDS, FaultSyntaxError, checkFault, parseFault } from './fault-syntax';
export { Slices, WEB_PAGE } from './slices';
