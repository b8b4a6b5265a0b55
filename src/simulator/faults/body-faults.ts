/** When a body fault strikes: how its members are read. */
import type { BodyFault } from './fault-book';

/** The ways in which a body ends before its time. */
export type Ending = 'cut' | 'stall' | 'early-end';

export interface ByteLimit {
  readonly at: number;
  readonly ending: Ending;
}

export function isEnding(fault: BodyFault): fault is BodyFault & { readonly kind: Ending } {
  return fault.kind === 'cut' || fault.kind === 'stall' || fault.kind === 'early-end';
}

/** The index of the chunk that a fault befalls, or undefined where it goes by bytes. */
export function chunkOf(fault: BodyFault): number | undefined {
  switch (fault.kind) {
    case 'corrupt':
      return undefined;
    case 'cut':
    case 'stall':
      return fault.afterBytes === undefined ? (fault.midChunk ?? fault.afterChunks ?? 0) : undefined;
    case 'early-end':
      return fault.afterBytes === undefined ? (fault.midChunk ?? fault.afterChunks ?? 1) : undefined;
    default:
      return fault.afterChunks ?? 0;
  }
}

export function endsBefore(fault: BodyFault & { readonly kind: Ending }): boolean {
  return fault.midChunk === undefined && (fault.afterChunks !== undefined || fault.kind === 'early-end');
}

/** The first point, counted in bytes of the body, at which one of the faults ends it. */
export function firstByteLimit(faults: readonly BodyFault[]): ByteLimit | undefined {
  let first: ByteLimit | undefined;
  for (const fault of faults) {
    if (isEnding(fault) && fault.afterBytes !== undefined && fault.afterBytes < (first?.at ?? Infinity)) {
      first = { at: fault.afterBytes, ending: fault.kind };
    }
  }
  return first;
}
