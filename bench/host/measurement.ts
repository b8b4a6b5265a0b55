/** What is measured of a Node-RED that reads media made to hurt it. A measurement fails where the node does not refuse it. */

/**
 * - `laced`: frame messages of 9,000 blocks that are each laced into 256 empty frames, 63 kB
 * - `private`: frame messages of 1,500 tiny frames whose track has 1 MiB of CodecPrivate
 * - `convert`: 40,000 such laced blocks into kvs-convert, 280 kB
 * - `magic`: a damaged chunk with 1 MB of what looks like the begin of a chunk
 */
export const CASES = ['laced', 'private', 'convert', 'magic'] as const;
export type Case = (typeof CASES)[number];

export interface HostTask {
  readonly what: Case;
  /** How long the process is watched once it has asked for the media. */
  readonly watchMs: number;
}

export interface HostResult {
  /** Size of the media that is sent. */
  readonly kilobytes: number;
  /** Most resident memory beyond that of the node which waits for media. */
  readonly addedMB: number;
  /** CPU of the main thread in the longest turn of the event loop. */
  readonly longestTurnMs: number;
}
