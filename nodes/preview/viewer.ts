import type { ServerResponse } from 'node:http';
import type { Clock } from '../../src/clock';
import { recordHead, type PreviewRecord } from './records';

export type ViewerResponse = Pick<
  ServerResponse,
  'write' | 'end' | 'destroy' | 'destroyed' | 'writableEnded' | 'writableLength' | 'on' | 'once'
>;

/**
 * With more than this waiting for the line, whole chunks are left out until all has gone. So a viewer holds this, one
 * chunk and a few small records at most.
 */
export const MOST_WAITING_BYTES = 2 * 1024 * 1024;
/** A viewer whose line has not taken what was sent for so long is gone, whatever the line says. */
export const GONE_AFTER_MS = 60_000;

const NOTHING = Buffer.alloc(0);

/** One who looks: records go out as fast as the line takes them, and chunks that it does not take are left out. */
export class Viewer {
  #emptyAt: number;
  /** Chunks are left out until nothing waits for the line. */
  #behind = false;
  /** What is sent first, and after a chunk that was left out, begins with a key frame. */
  #waitsForKey = true;

  /** @param left called once it has gone; perhaps more than once */
  constructor(
    private readonly response: ViewerResponse,
    private readonly clock: Clock,
    private readonly left: () => void,
  ) {
    this.#emptyAt = clock.monotonic();
    response.on('drain', () => {
      this.#emptyAt = clock.monotonic();
    });
    // A line that breaks is no more than someone who has left.
    response.on('error', left);
    response.once('close', left);
  }

  /** What must not be left out; small. */
  tell(record: PreviewRecord, data: Buffer = NOTHING): void {
    if (this.#isThere()) {
      this.#write(record, data);
    }
  }

  /** One chunk, or nothing of it. */
  media(record: PreviewRecord, data: Buffer, keyframe: boolean): void {
    if (!this.#isThere()) {
      return;
    }
    const { writableLength } = this.response;
    this.#behind = writableLength > (this.#behind ? 0 : MOST_WAITING_BYTES);
    if (this.#behind) {
      this.#waitsForKey = true;
    } else if (keyframe || !this.#waitsForKey) {
      this.#waitsForKey = false;
      this.#write(record, data);
    }
  }

  end(): void {
    if (this.response.writableLength === 0) {
      this.response.end();
    } else {
      // An end would wait behind what a slow line may never take.
      this.response.destroy();
    }
  }

  #isThere(): boolean {
    const { response, clock } = this;
    if (response.destroyed || response.writableEnded) {
      // It may have gone before anyone listened for that.
      this.left();
      return false;
    }
    if (response.writableLength === 0) {
      this.#emptyAt = clock.monotonic();
    } else if (clock.monotonic() - this.#emptyAt > GONE_AFTER_MS) {
      response.destroy();
      return false;
    }
    return true;
  }

  #write(record: PreviewRecord, data: Buffer): void {
    this.response.write(recordHead(record));
    if (data.length > 0) {
      this.response.write(data);
    }
  }
}
