/** Where clips are put: what takes their media as it comes, and makes files of it. */
import type { ClipMedia, FinishedClip } from '../convert';

/** A clip that is complete: its bytes, or the path of its file. */
export type StoredClip = Buffer | string;

/** What a store has to know of a clip whose media it already has. */
export type StorableClip = Pick<FinishedClip, 'head' | 'mediaBytes' | 'format'>;

export interface ClipStore {
  /** Looks whether the clip can be stored at all. @throws FileError */
  prepare(): Promise<void>;
  /** Media of the clip that is being made, in the order of its bytes. @throws FileError, ClipTooLargeError */
  media(media: ClipMedia): Promise<void>;
  /** Its media has come. @throws FileError, ClipTooLargeError */
  finish(clip: StorableClip, signal: AbortSignal): Promise<StoredClip>;
  /** Leaves nothing of what is not complete. */
  discard(): Promise<void>;
}

/** A clip is larger than what may be in a message. */
export class ClipTooLargeError extends Error {
  override readonly name = 'ClipTooLargeError';

  constructor(readonly maxBytes: number) {
    super(`the clip has more than ${maxBytes} bytes`);
  }
}
