/** Bytes that are not a chunk as GetMedia sends it. */
export class MalformedMediaError extends Error {
  override readonly name = 'MalformedMediaError';

  constructor(
    message: string,
    /** Byte offset in the response at which the element at fault begins. */
    readonly offset: number,
    /** Its id, length marker included; undefined where no id could be read. */
    readonly elementId: number | undefined,
    /** Where it was found, like `Segment/Cluster/SimpleBlock`; the response itself is `''`. */
    readonly path: string,
  ) {
    super(`${message} (at byte ${offset}${path === '' ? '' : ` of the response, in ${path}`})`);
  }
}

/** A chunk beyond `maxChunkBytes`. */
export class ChunkTooLargeError extends Error {
  override readonly name = 'ChunkTooLargeError';

  constructor(
    /** Byte offset of the chunk in the response. */
    readonly offset: number,
    /** What it has at least: read so far, or declared. */
    readonly sizeInBytes: number,
    readonly maxChunkBytes: number,
  ) {
    super(`a chunk of at least ${sizeInBytes} bytes, where ${maxChunkBytes} are allowed`);
  }
}
