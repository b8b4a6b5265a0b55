/** Counts the failed attempts to read single chunks. `retry-policy.ts` decides what follows from them. */
import type { ChunkPosition, StreamCursor } from './stream-cursor';

/** More chunks than this are never in trouble at a time; a service that makes up numbers must not fill the memory. */
const MOST_CHUNKS = 64;

interface AttemptCounts {
  damaged: number;
  /** Truncations after which the service continued with the next chunk. */
  followed: number;
  /** At which byte of the chunk it was truncated last, and how often in a row it was there. */
  truncatedAt: number;
  atSameByte: number;
}

/**
 * Counts the failed attempts to read each chunk, by its FragmentNumber, until the cursor has passed it: so a chunk that
 * fails once is fetched again however often others failed before it.
 *
 * Damage that hides the number is counted by its order after the last chunk, which is the same in every response.
 */
export class ChunkAttempts {
  readonly #chunks = new Map<string, AttemptCounts>();
  readonly #withoutNumber: number[] = [];
  /** Damage without a number in this response, since the last chunk. */
  #withoutNumberSeen = 0;
  /** Where the cursor was at the last look. */
  #position: ChunkPosition | undefined;

  constructor(private readonly cursor: Pick<StreamCursor, 'position' | 'isPast'>) {
    this.#position = cursor.position;
  }

  /** Notes the beginning of a response. */
  responseBegins(): void {
    this.#withoutNumberSeen = 0;
  }

  /**
   * Counts a truncated chunk. Where more of it arrives each time, the network is bad, and each counts as the first
   * time. Where it ends at the same byte, or the service itself continues after it, this is what the service has.
   *
   * @param FragmentNumber undefined where the chunk ended before it
   * @param bytes of the chunk that arrived
   * @param isFollowed whether the next chunk came in the same response
   * @returns how often that has happened
   */
  truncated(FragmentNumber: string | undefined, bytes: number, isFollowed: boolean): number {
    const counts = this.#of(FragmentNumber ?? '');
    counts.followed += isFollowed ? 1 : 0;
    counts.atSameByte = counts.truncatedAt === bytes ? counts.atSameByte + 1 : 1;
    counts.truncatedAt = bytes;
    return Math.max(counts.followed, counts.atSameByte);
  }

  /**
   * Counts damage.
   *
   * @param FragmentNumber undefined where the damage hides it
   * @returns how often that has happened
   */
  damaged(FragmentNumber: string | undefined): number {
    return FragmentNumber === undefined ? this.#damagedWithoutNumber() : ++this.#of(FragmentNumber).damaged;
  }

  /** Has any attempt failed for which there may be another one? */
  get isAny(): boolean {
    this.#forgetPassed();
    return this.#chunks.size > 0 || this.#withoutNumber.length > 0;
  }

  #damagedWithoutNumber(): number {
    this.#forgetPassed();
    const index = Math.min(this.#withoutNumberSeen++, MOST_CHUNKS - 1);
    const count = (this.#withoutNumber[index] ?? 0) + 1;
    this.#withoutNumber[index] = count;
    return count;
  }

  #of(FragmentNumber: string): AttemptCounts {
    this.#forgetPassed();
    let counts = this.#chunks.get(FragmentNumber);
    if (counts === undefined) {
      counts = { damaged: 0, followed: 0, truncatedAt: -1, atSameByte: 0 };
      this.#chunks.set(FragmentNumber, counts);
      const [oldest] = this.#chunks.keys();
      if (this.#chunks.size > MOST_CHUNKS && oldest !== undefined) {
        this.#chunks.delete(oldest);
      }
    }
    return counts;
  }

  /** Chunks that were sent or skipped since the last look, and with them whatever came before. */
  #forgetPassed(): void {
    const { position } = this.cursor;
    if (position === this.#position) {
      return;
    }
    this.#position = position;
    for (const FragmentNumber of this.#chunks.keys()) {
      if (this.cursor.isPast(FragmentNumber)) {
        this.#chunks.delete(FragmentNumber);
      }
    }
    this.#withoutNumber.length = 0;
    this.#withoutNumberSeen = 0;
  }
}
