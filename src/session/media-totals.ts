/** How much media a session has read, for rates that do not depend on how the media arrive. */
import type { Chunk } from '../matroska';

type CountedChunk = Pick<Chunk, 'ProducerTimestamp' | 'lengthMs' | 'sizeInBytes' | 'videoFrames'>;

/** A chunk that begins within this of the end of the one before follows it; else there is a gap between them, ms. */
const FOLLOWS_WITHIN_MS = 500;

/** Running totals over the whole chunks of a session, whatever their lengths. */
export class MediaTotals {
  bytes = 0;
  videoFrames = 0;
  /** Length of the media, ms. */
  lengthMs = 0;
  /** When the last chunk began, ms, and its length; undefined where it had no time. The chunk would keep its bytes in memory. */
  #last: { readonly beginsAt: number; readonly lengthMs: number } | undefined;

  add({ ProducerTimestamp, lengthMs, sizeInBytes, videoFrames }: CountedChunk): void {
    const last = this.#last;
    if (last !== undefined && ProducerTimestamp !== undefined) {
      // The last chunk lasted until this one: its own length lacks the last frame's where no duration is declared.
      const correction = ProducerTimestamp - last.beginsAt - last.lengthMs;
      if (Math.abs(correction) <= FOLLOWS_WITHIN_MS) {
        this.lengthMs += correction;
      }
    }
    this.#last = ProducerTimestamp === undefined ? undefined : { beginsAt: ProducerTimestamp, lengthMs };
    this.bytes += sizeInBytes;
    this.videoFrames += videoFrames;
    this.lengthMs += lengthMs;
  }
}
