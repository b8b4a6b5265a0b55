/** Plans how one chunk of a response's body is sent, given the faults that affect it. */
import { ERROR_CODES, errorChunk, startOfClosingTags } from '../media';
import type { Fragment } from '../streams';
import { chunkOf, endsBefore, isEnding, type Ending } from './body-ending';
import { half, withoutCluster } from './chunk-surgery';
import type { BodyFault } from './fault';
import { WEB_PAGE } from './slices';

/** Ends the response in the middle of a chunk. */
export interface ChunkStop {
  /** Offset in the fragment's body. */
  readonly at: number;
  readonly ending: Ending;
  /** Sent last. */
  readonly last?: Buffer;
}

export interface ChunkPlan {
  /** Sent before the chunk, or in its place. */
  readonly first: readonly Buffer[];
  /** The response ends after `first`. */
  readonly ending?: Ending;
  /** False: `first` takes the chunk's place. */
  readonly sendsChunk: boolean;
  readonly stop?: ChunkStop;
  /** Offset at which the fragment's body ends. */
  readonly bodyEnd: number;
  readonly withTail: boolean;
  /** The chunk is sent once more. */
  readonly repeats: boolean;
}

/** The plan for a chunk that no fault affects. */
const WHOLE: ChunkPlan = { first: [], sendsChunk: true, bodyEnd: Infinity, withTail: true, repeats: false };

/**
 * @param index of the chunk in its response; -1 for one that is sent once more
 * @param noise makes so many bytes of it
 */
export function planChunk(
  fragment: Fragment,
  index: number,
  all: readonly BodyFault[],
  noise: (length: number) => Buffer,
): ChunkPlan {
  const faults = all.filter((fault) => chunkOf(fault) === index);
  const has = (kind: BodyFault['kind']) => faults.some((fault) => fault.kind === kind);
  const first: Buffer[] = [];
  let stop: ChunkStop | undefined;
  for (const fault of faults) {
    if (fault.kind === 'garbage') {
      first.push(fault.html ? WEB_PAGE : noise(fault.bytes ?? 1000));
    } else if (fault.kind === 'in-band-error') {
      const code = fault.ErrorCode ?? ERROR_CODES[fault.ErrorId] ?? 'UNKNOWN';
      if (!fault.mid) {
        first.push(errorChunk(fault.ErrorId, code));
        return { ...WHOLE, first, ending: 'early-end', sendsChunk: false };
      }
      const last = errorChunk(fault.ErrorId, code, fragment.FragmentNumber);
      stop = { at: half(fragment), ending: 'early-end', last };
    } else if (isEnding(fault)) {
      if (endsBefore(fault)) {
        return { ...WHOLE, first, ending: fault.kind, sendsChunk: false };
      }
      stop = { at: half(fragment), ending: fault.kind };
    }
  }
  if (has('drop-chunk')) {
    return { ...WHOLE, first, sendsChunk: false };
  }
  if (has('clusterless-chunk')) {
    return { ...WHOLE, first: [...first, withoutCluster(fragment)], sendsChunk: false };
  }
  const lacksTail = has('missing-tail');
  return {
    first,
    sendsChunk: true,
    ...(stop === undefined ? {} : { stop }),
    // A recorded chunk has its tail in its body.
    bodyEnd: lacksTail && fragment.isRecorded ? startOfClosingTags(fragment.body) : Infinity,
    withTail: !lacksTail,
    repeats: has('duplicate-chunk'),
  };
}
