/** How and where faults end a response's body before its time. */
import type { BodyFault } from './fault';

/** The ways in which a body ends before its time. */
export type Ending = 'cut' | 'stall' | 'early-end';

export type EndingFault = BodyFault & { readonly kind: Ending };

export interface ByteLimit {
  readonly at: number;
  readonly ending: Ending;
}

export function isEnding(fault: BodyFault): fault is EndingFault {
  return fault.kind === 'cut' || fault.kind === 'stall' || fault.kind === 'early-end';
}

/** Index of the chunk that a fault affects; undefined if the fault counts bytes. */
export function chunkOf(fault: BodyFault): number | undefined {
  switch (fault.kind) {
    case 'corrupt':
    case 'reordered-chunks':
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

/** Whether the body ends before the chunk rather than half-way into it. */
export function endsBefore(fault: EndingFault): boolean {
  return fault.midChunk === undefined && (fault.afterChunks !== undefined || fault.kind === 'early-end');
}

/** The first offset in the body at which one of the faults ends it. */
export function firstByteLimit(faults: readonly BodyFault[]): ByteLimit | undefined {
  let first: ByteLimit | undefined;
  for (const fault of faults) {
    if (isEnding(fault) && fault.afterBytes !== undefined && fault.afterBytes < (first?.at ?? Infinity)) {
      first = { at: fault.afterBytes, ending: fault.kind };
    }
  }
  return first;
}
