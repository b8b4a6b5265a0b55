/** One viewer of a preview, and how much may wait for their connection. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../src/clock';
import { recordHead, type PreviewRecord } from './records';

export type ViewerResponse = Pick<
  ServerResponse,
  'write' | 'end' | 'destroy' | 'destroyed' | 'writableEnded' | 'writableLength' | 'on' | 'once'
>;

/**
 * With more than this waiting for the line, whole chunks are left out until all has gone, and of each other kind of
 * record all but the last. So a viewer holds this, one chunk and one record of each kind at most.
 */
export const MOST_WAITING_BYTES = 2 * 1024 * 1024;
/** A viewer that has not received what was sent for so long is gone, even if its connection is open. */
export const GONE_AFTER_MS = 60_000;

const NOTHING = Buffer.alloc(0);

interface Held {
  readonly record: PreviewRecord;
  readonly data: Buffer;
}

/** One who looks: records go out as fast as the line takes them, and chunks that it does not take are left out. */
export class Viewer {
  #emptyAt: number;
  /** Chunks are left out until nothing waits for the line. */
  #behind = false;
  /** What the line had no room for: the last record of each kind. */
  readonly #held = new Map<PreviewRecord['type'], Held>();
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
      this.#writeHeld();
    });
    // A line that breaks is no more than someone who has left.
    response.on('error', left);
    response.once('close', left);
  }

  /** What must not be left out, unless another record of its kind follows before the line takes it. */
  tell(record: PreviewRecord, data: Buffer = NOTHING): void {
    if (!this.#isThere()) {
      return;
    }
    if (this.response.writableLength > MOST_WAITING_BYTES) {
      this.#held.set(record.type, { record, data });
    } else {
      this.#held.delete(record.type);
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
    this.#writeHeld();
    this.response.write(recordHead(record));
    if (data.length > 0) {
      this.response.write(data);
    }
  }

  #writeHeld(): void {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const { record, data } of held) {
      this.#write(record, data);
    }
  }
}
