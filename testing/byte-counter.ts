/** Counts the bytes that Buffer is asked to copy, compare and search, for tests of how much is done at once. */

type Method = (this: Buffer, ...args: unknown[]) => unknown;
export type CountedMethod = 'copy' | 'equals' | 'includes' | 'indexOf';

export class ByteCounter {
  /** Bytes of the largest call so far. */
  longest = 0;

  readonly #methods = Buffer.prototype as Record<CountedMethod, Method>;
  readonly #originals = new Map<CountedMethod, Method>();
  #bytes = 0;

  constructor(counted: readonly CountedMethod[]) {
    const count = (bytes: number): void => {
      this.#bytes += bytes;
      this.longest = Math.max(this.longest, bytes);
    };
    for (const name of counted) {
      const original = this.#methods[name];
      this.#originals.set(name, original);
      this.#methods[name] = function call(this: Buffer, ...args: unknown[]) {
        const result = original.apply(this, args);
        count(name === 'copy' ? Number(result) : this.length);
        return result;
      };
    }
  }

  /** All bytes since the last time. */
  take(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  stop(): void {
    for (const [name, original] of this.#originals) {
      this.#methods[name] = original;
    }
  }
}
