/** Media of one stream that waits for its decoder: how much may wait, and what is left out of it to stay with the stream. */
import type { SingleFrame } from '../convert';

/** A chunk, or several in sequence; or a single frame. */
export type PictureMedia = Buffer | SingleFrame;

export interface Waiting<Origin> {
  readonly media: PictureMedia;
  readonly origin: Origin;
  /** When it came, by a monotonic clock, ms. */
  readonly at: number;
  /** Called when it has been dealt with. */
  readonly done: (error?: Error) => void;
}

const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_WAITING = 2_000;

export class WaitingMedia<Origin> {
  #waiting: Waiting<Origin>[] = [];
  #bytes = 0;

  get size(): number {
    return this.#waiting.length;
  }

  /** Gives false where too much is waiting. */
  add(one: Waiting<Origin>): boolean {
    const bytes = bytesOf(one.media);
    const isFull = this.#waiting.length >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES;
    if (isFull && this.#waiting.length > 0) {
      return false;
    }
    this.#waiting.push(one);
    this.#bytes += bytes;
    return true;
  }

  /** @param isLate where the next one is late, what comes before the newest that can be decoded is left out */
  take(isLate: (at: number) => boolean): Waiting<Origin> | undefined {
    const first = this.#waiting[0];
    if (first !== undefined && isLate(first.at)) {
      this.#skipToNewest();
    }
    const next = this.#waiting.shift();
    this.#bytes -= next === undefined ? 0 : bytesOf(next.media);
    return next;
  }

  #skipToNewest(): void {
    const newest = this.#waiting.findLastIndex(({ media }) => Buffer.isBuffer(media) || media.keyframe);
    const skipped = this.#waiting.splice(0, Math.max(0, newest));
    for (const { media, done } of skipped) {
      this.#bytes -= bytesOf(media);
      done();
    }
  }

  clear(): void {
    for (const { done } of this.#waiting) {
      done();
    }
    this.#waiting = [];
    this.#bytes = 0;
  }
}

function bytesOf(media: PictureMedia): number {
  return Buffer.isBuffer(media) ? media.length : media.data.length;
}
