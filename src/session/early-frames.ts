/** Frames of a chunk that began before the session did, until it shows whether the chunk is wanted. */
import type { Chunk, ChunkHead, Frame } from '../matroska';
import type { StreamCursor } from './stream-cursor';

/**
 * Keeps the frames of a chunk that began before a session did, until a later frame, or the chunk's end, shows whether
 * the chunk reaches beyond that moment: it is sent whole, from its key frame on, or not at all.
 */
export class EarlyFrames {
  #head: ChunkHead | undefined;
  #kept: Frame[] = [];

  constructor(private readonly cursor: StreamCursor) {}

  /** Keeps the frame where it is not known yet whether its chunk is wanted. Gives whether it did. */
  keep(frame: Frame, head: ChunkHead): boolean {
    if (head.FragmentNumber === undefined) {
      // Damaged: it does not tell the session's position.
      return false;
    }
    if (this.cursor.isEarly(head, frame.timecodeMs)) {
      if (this.#head !== head) {
        this.discard();
        this.#head = head;
      }
      this.#kept.push(frame.detachedCopy());
      return true;
    }
    this.cursor.begun();
    return false;
  }

  /** Gives the frames that were kept, now that their chunk is wanted; they are kept no longer. */
  release(): readonly Frame[] {
    const kept = this.#kept;
    this.discard();
    return kept;
  }

  /** The chunk is whole: its frames, if it is wanted after all. */
  end(chunk: Chunk): { readonly frames: readonly Frame[]; readonly head: ChunkHead } {
    const { cursor } = this;
    const isWanted = !cursor.isEarly(chunk, chunk.lengthMs, chunk.MillisBehindNow);
    const [frames, head] = [isWanted ? this.#kept : [], this.#head ?? chunk];
    this.discard();
    return { frames, head };
  }

  /** Another chunk begins, or the same one again. */
  discard(): void {
    this.#head = undefined;
    if (this.#kept.length > 0) {
      this.#kept = [];
    }
  }
}
