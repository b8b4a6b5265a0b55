import type { ChunkPosition } from './stream-cursor';

/** A chunk of which messages are out, or will be: it is still arriving frame by frame. */
interface Entry {
  /** Indices of the messages that are out unacknowledged; a chunk message has index 0. */
  readonly out: Map<number, { readonly sentAt: number; reported: boolean }>;
  /** No further message of the chunk will be sent. */
  over: boolean;
  /** Where the chunk was had whole, or given up. */
  position?: ChunkPosition;
}

/** A message that has waited too long for its acknowledgement. */
export interface LateMessage {
  readonly FragmentNumber: string;
  readonly waitedMs: number;
}

/**
 * The messages that are out, in order of sending. The watermark is the last chunk up to which, without a hole, every
 * message has been acknowledged: what is behind it has to be sent again after a restart, what is before it has not.
 */
export class InFlight {
  readonly #entries = new Map<string, Entry>();
  #count = 0;

  /** Number of messages that are out. */
  get count(): number {
    return this.#count;
  }

  sent(FragmentNumber: string, index: number, now: number): void {
    this.#entry(FragmentNumber).out.set(index, { sentAt: now, reported: false });
    this.#count += 1;
  }

  /** No further message of the chunk will be sent. Returns the watermark if that moves it. */
  complete(position: ChunkPosition): ChunkPosition | undefined {
    const completed = this.#entry(position.FragmentNumber);
    completed.position = position;
    for (const entry of this.#entries.values()) {
      // Those before it too: what was sent in part, and never came whole, must not hold up the watermark for ever.
      entry.over = true;
      if (entry === completed) {
        break;
      }
    }
    return this.#advance();
  }

  /**
   * @param index which frame; undefined: every message of the chunk
   * @returns whether anything was acknowledged, and the watermark if it moved
   */
  acknowledge(FragmentNumber: string, index?: number): { known: boolean; watermark?: ChunkPosition } {
    const entry = this.#entries.get(FragmentNumber);
    const before = this.#count;
    if (entry !== undefined && index === undefined) {
      this.#count -= entry.out.size;
      entry.out.clear();
    } else if (entry !== undefined && index !== undefined && entry.out.delete(index)) {
      this.#count -= 1;
    }
    const watermark = this.#advance();
    return { known: this.#count < before, ...(watermark === undefined ? {} : { watermark }) };
  }

  /** Messages that went out before `limit` and have not been named yet; naming them here counts. */
  late(limit: number, now: number): LateMessage[] {
    const late: LateMessage[] = [];
    for (const [FragmentNumber, entry] of this.#entries) {
      for (const message of entry.out.values()) {
        if (!message.reported && message.sentAt <= limit) {
          message.reported = true;
          late.push({ FragmentNumber, waitedMs: now - message.sentAt });
        }
      }
    }
    return late;
  }

  /** When the oldest message went out that `late` has not named; undefined where there is none. */
  oldestUnreported(): number | undefined {
    let oldest: number | undefined;
    for (const entry of this.#entries.values()) {
      for (const message of entry.out.values()) {
        if (!message.reported && (oldest === undefined || message.sentAt < oldest)) {
          oldest = message.sentAt;
        }
      }
    }
    return oldest;
  }

  #entry(FragmentNumber: string): Entry {
    let entry = this.#entries.get(FragmentNumber);
    if (entry === undefined) {
      entry = { out: new Map(), over: false };
      this.#entries.set(FragmentNumber, entry);
    }
    return entry;
  }

  #advance(): ChunkPosition | undefined {
    let watermark: ChunkPosition | undefined;
    for (const [FragmentNumber, entry] of this.#entries) {
      if (!entry.over || entry.out.size > 0) {
        break;
      }
      watermark = entry.position ?? watermark;
      this.#entries.delete(FragmentNumber);
    }
    return watermark;
  }
}
