/** Makes a value of any kind out of bytes, so that few bytes make what a message or a store may hold. */
export class Values {
  #at = 0;

  /** @param words keys and texts that mean something */
  constructor(
    private readonly bytes: Buffer,
    private readonly words: readonly string[],
  ) {}

  value(depth = 0): unknown {
    const kind = this.#byte() % 20;
    switch (kind) {
      case 0:
        return undefined;
      case 1:
        return null;
      case 2:
        return this.#byte() % 2 === 0;
      case 3:
        return this.#byte() - 128;
      case 4:
        return [NaN, Infinity, -Infinity, -0, 1.5, 2 ** 53, 1e21, 1e308, -1, 8.64e15][this.#byte() % 10];
      case 5:
        return BigInt(this.#byte());
      case 6:
        return new Date(this.#byte() % 4 === 0 ? NaN : this.#byte() * 1e12);
      case 7:
        return Buffer.from(this.#text());
      case 8:
        return Symbol('symbol');
      case 9:
        return () => undefined;
      case 10:
      case 11:
        return depth > 4 ? [] : Array.from({ length: this.#byte() % 4 }, () => this.value(depth + 1));
      case 12:
      case 13:
        return this.#text();
      case 14:
        return String(this.#byte() * 2 ** (this.#byte() % 64));
      case 15:
        return this.words[this.#byte() % this.words.length]?.repeat(1 + (this.#byte() % 200));
      case 16:
      case 17:
        return this.words[this.#byte() % this.words.length];
      default:
        return depth > 4 ? {} : this.record(depth + 1);
    }
  }

  record(depth = 0): Record<string, unknown> {
    const members = Array.from({ length: this.#byte() % 10 }, () => {
      const key = this.#byte();
      return [key < 240 ? (this.words[key % this.words.length] ?? '') : this.#text(), this.value(depth)];
    });
    return Object.fromEntries(members) as Record<string, unknown>;
  }

  #byte(): number {
    return this.bytes[this.#at++] ?? 0;
  }

  #text(): string {
    const length = this.#byte() % 64;
    const text = this.bytes.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return text;
  }
}

/** All texts in a value that are long enough not to stand in a sentence by chance. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    return value.length >= 12 ? [value] : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
