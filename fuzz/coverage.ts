/** Which code an input reached and how often, and whether that is new. */

/** Counts as AFL sorts them: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more. One bit each. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, n) =>
  n === 0 ? 0 : n < 4 ? 1 << (n - 1) : n < 128 ? 1 << Math.min(6, Math.floor(Math.log2(n)) + 1) : 1 << 7,
);
/** So many different outcomes are told apart. */
const OUTCOMES = 1 << 10;

/** What all inputs so far have reached. */
export class Coverage {
  readonly #seen: Uint8Array;
  readonly #outcomes = new Uint8Array(OUTCOMES);
  reached = 0;
  outcomes = 0;

  /** Four counters at a time: most of them stay 0. */
  readonly #words: Uint32Array;

  /** @param counters a multiple of 4 of them */
  constructor(private readonly counters: Uint8Array) {
    this.#seen = new Uint8Array(counters.length);
    this.#words = new Uint32Array(counters.buffer);
  }

  /** Sorts what was counted since last time, sets all counters to 0, and says whether anything is new. */
  take(outcome: number): boolean {
    const { counters } = this;
    const words = this.#words;
    let isNew = false;
    for (let word = 0; word < words.length; word++) {
      if (words[word] !== 0) {
        isNew = this.#takeFour(word * 4) || isNew;
      }
    }
    counters.fill(0);
    const slot = outcome % OUTCOMES;
    if (this.#outcomes[slot] === 0) {
      this.#outcomes[slot] = 1;
      this.outcomes += 1;
      isNew = true;
    }
    return isNew;
  }

  #takeFour(from: number): boolean {
    let isNew = false;
    for (let i = from; i < from + 4; i++) {
      const bit = BUCKETS[this.counters[i] ?? 0] ?? 0;
      const had = this.#seen[i] ?? 0;
      if ((had & bit) !== bit) {
        this.reached += had === 0 ? 1 : 0;
        this.#seen[i] = had | bit;
        isNew = true;
      }
    }
    return isNew;
  }
}
