/** A chunk that stays cut or damaged is fetched so often, then skipped. */
export const TRIES = 3;
/** More chunks than this are never in trouble at a time; a service that makes up numbers must not fill the memory. */
const MOST_CHUNKS = 64;

interface ChunkTrouble {
  damaged: number;
  /** Cuts after which the service continued with the next chunk. */
  followed: number;
  /** Where the last cut was, in bytes from the chunk's beginning, and how often in a row it was there. */
  cutAt: number;
  cutThere: number;
}

/**
 * Counts what goes wrong with each chunk, by its FragmentNumber, until it is sent or skipped: so a chunk that is hit
 * once is fetched again however often others were hit before it.
 *
 * Damage that hides the number is counted by its order after the last chunk, which is the same in every response.
 */
export class ChunkFailures {
  readonly #chunks = new Map<string, ChunkTrouble>();
  readonly #unnamed: number[] = [];
  /** Damage without a number in this response, since the last chunk. */
  #unnamedSeen = 0;

  /** A response begins. */
  join(): void {
    this.#unnamedSeen = 0;
  }

  /**
   * A cut that comes further in each time is a bad network, and is fetched again without end. One that stays at its
   * byte, or that the service itself passes over, is what the service has.
   *
   * @param bytes of the chunk that arrived
   * @param followed whether the next chunk came in the same response
   */
  cut(FragmentNumber: string, bytes: number, followed: boolean): 'again' | 'give-up' {
    const trouble = this.#of(FragmentNumber);
    trouble.followed += followed ? 1 : 0;
    trouble.cutThere = trouble.cutAt === bytes ? trouble.cutThere + 1 : 1;
    trouble.cutAt = bytes;
    return Math.max(trouble.followed, trouble.cutThere) < TRIES ? 'again' : 'give-up';
  }

  /** @param FragmentNumber undefined where the damage hides it */
  damaged(FragmentNumber: string | undefined): 'again' | 'pass-over' {
    const count = FragmentNumber === undefined ? this.#damagedUnnamed() : ++this.#of(FragmentNumber).damaged;
    return count < TRIES ? 'again' : 'pass-over';
  }

  /** The chunk was sent or skipped, and with it whatever came before it. */
  settle(isSettled: (FragmentNumber: string) => boolean): void {
    for (const FragmentNumber of this.#chunks.keys()) {
      if (isSettled(FragmentNumber)) {
        this.#chunks.delete(FragmentNumber);
      }
    }
    this.#unnamed.length = 0;
    this.#unnamedSeen = 0;
  }

  #damagedUnnamed(): number {
    const index = Math.min(this.#unnamedSeen++, MOST_CHUNKS - 1);
    const count = (this.#unnamed[index] ?? 0) + 1;
    this.#unnamed[index] = count;
    return count;
  }

  #of(FragmentNumber: string): ChunkTrouble {
    let trouble = this.#chunks.get(FragmentNumber);
    if (trouble === undefined) {
      trouble = { damaged: 0, followed: 0, cutAt: -1, cutThere: 0 };
      this.#chunks.set(FragmentNumber, trouble);
      const [oldest] = this.#chunks.keys();
      if (this.#chunks.size > MOST_CHUNKS && oldest !== undefined) {
        this.#chunks.delete(oldest);
      }
    }
    return trouble;
  }
}
