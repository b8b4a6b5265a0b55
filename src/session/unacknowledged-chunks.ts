/** The chunks whose messages the flow has not acknowledged yet. */
import type { ChunkPosition } from './stream-cursor';

/** A chunk with unacknowledged messages, or one of which more will be sent: it is still arriving frame by frame. */
interface UnacknowledgedChunk {
  /** Unacknowledged messages by index; a chunk message has index 0. */
  readonly messages: Map<number, { readonly sentAt: number; reported: boolean }>;
  /** No further message of the chunk will be sent. */
  isOver: boolean;
  /** Set when the chunk was taken whole, or skipped. */
  position?: ChunkPosition;
}

/** A message that has waited too long for its acknowledgement. */
export interface LateMessage {
  readonly FragmentNumber: string;
  readonly waitedMs: number;
}

/**
 * The unacknowledged messages by chunk, in order of sending. The checkpoint is the last chunk up to which, without a
 * hole, every message has been acknowledged: what comes after it has to be sent again after a restart.
 */
export class UnacknowledgedChunks {
  readonly #entries = new Map<string, UnacknowledgedChunk>();
  #count = 0;

  /** Number of unacknowledged messages. */
  get count(): number {
    return this.#count;
  }

  sent(FragmentNumber: string, index: number, now: number): void {
    this.#entry(FragmentNumber).messages.set(index, { sentAt: now, reported: false });
    this.#count += 1;
  }

  /** No further message of the chunk will be sent. Returns the checkpoint if that moves it. */
  complete(position: ChunkPosition): ChunkPosition | undefined {
    const completed = this.#entry(position.FragmentNumber);
    completed.position = position;
    for (const entry of this.#entries.values()) {
      // Those before it too: what was sent in part, and never came whole, must not hold up the checkpoint for ever.
      entry.isOver = true;
      if (entry === completed) {
        break;
      }
    }
    return this.#advance();
  }

  /**
   * @param index which frame; undefined: every message of the chunk
   * @returns whether anything was acknowledged, and the checkpoint if it moved
   */
  acknowledge(FragmentNumber: string, index?: number): { known: boolean; checkpoint?: ChunkPosition } {
    const entry = this.#entries.get(FragmentNumber);
    const before = this.#count;
    if (entry !== undefined && index === undefined) {
      this.#count -= entry.messages.size;
      entry.messages.clear();
    } else if (entry !== undefined && index !== undefined && entry.messages.delete(index)) {
      this.#count -= 1;
    }
    const checkpoint = this.#advance();
    return { known: this.#count < before, ...(checkpoint === undefined ? {} : { checkpoint }) };
  }

  /** Messages that were sent at or before `limit` and have not been reported yet; being returned here counts. */
  late(limit: number, now: number): LateMessage[] {
    const late: LateMessage[] = [];
    for (const [FragmentNumber, entry] of this.#entries) {
      for (const message of entry.messages.values()) {
        if (!message.reported && message.sentAt <= limit) {
          message.reported = true;
          late.push({ FragmentNumber, waitedMs: now - message.sentAt });
        }
      }
    }
    return late;
  }

  /** When the oldest message was sent that `late` has not returned; undefined if there is none. */
  oldestUnreported(): number | undefined {
    let oldest: number | undefined;
    for (const entry of this.#entries.values()) {
      for (const message of entry.messages.values()) {
        if (!message.reported && (oldest === undefined || message.sentAt < oldest)) {
          oldest = message.sentAt;
        }
      }
    }
    return oldest;
  }

  #entry(FragmentNumber: string): UnacknowledgedChunk {
    let entry = this.#entries.get(FragmentNumber);
    if (entry === undefined) {
      entry = { messages: new Map(), isOver: false };
      this.#entries.set(FragmentNumber, entry);
    }
    return entry;
  }

  #advance(): ChunkPosition | undefined {
    let checkpoint: ChunkPosition | undefined;
    for (const [FragmentNumber, entry] of this.#entries) {
      if (!entry.isOver || entry.messages.size > 0) {
        break;
      }
      checkpoint = entry.position ?? checkpoint;
      this.#entries.delete(FragmentNumber);
    }
    return checkpoint;
  }
}
