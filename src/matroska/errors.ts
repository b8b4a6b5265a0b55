/** Errors of the reader: what is wrong with the media, and where. */
import type { Statement } from '../statement';
import { violationStatement, violationText, type ViolationDetail } from './violation-statements';

/** Where a response stops making sense. */
export interface ElementPlace {
  /** Byte offset in the response at which the element at fault begins. */
  readonly offset: number;
  /** Its id, length marker included; undefined where no id could be read. */
  readonly elementId: number | undefined;
  /** Where it was found, like `Segment/Cluster/SimpleBlock`; the response itself is `''`. */
  readonly path: string;
}

/** Bytes that are not a chunk as GetMedia sends it. */
export class MalformedMediaError extends Error implements ElementPlace {
  override readonly name = 'MalformedMediaError';

  constructor(
    private readonly violation: ViolationDetail,
    readonly offset: number,
    readonly elementId: number | undefined,
    readonly path: string,
  ) {
    super(`${violationText(violation)} (${describe(offset, path)})`);
  }

  /** What is wrong, and where, for whoever shows it in a person's language. */
  get statement(): Statement {
    return violationStatement(this.violation, this.offset, this.path);
  }
}

/**
 * Stands for every error that is not reported: rubbish may have one for every few bytes, and an error with its stack
 * takes longer to make than the bytes take to read.
 */
export const UNREPORTED = new MalformedMediaError({ name: 'rubbish', figures: {} }, 0, undefined, '');

/** A chunk beyond `maxChunkBytes`, at the element with which it becomes so. */
export class ChunkTooLargeError extends Error implements ElementPlace {
  override readonly name = 'ChunkTooLargeError';

  constructor(
    /** What the chunk has at least: read so far, or declared. */
    readonly sizeInBytes: number,
    readonly maxChunkBytes: number,
    readonly offset: number,
    readonly elementId: number,
    readonly path: string,
  ) {
    super(
      `a chunk of at least ${sizeInBytes} bytes, where ${maxChunkBytes} are allowed (${describe(offset, path)})`,
    );
  }
}

function describe(offset: number, path: string): string {
  return `at byte ${offset} of the response${path === '' ? '' : `, in ${path}`}`;
}

/** Passes on what is wrong with the media. Throws what is not of that kind. */
export function malformedOnly(error: unknown): MalformedMediaError {
  if (error instanceof MalformedMediaError) {
    return error;
  }
  throw error;
}
