/**
 * Fragment numbers as the service hands them out: 40 hexadecimal digits, `1` ‖ 64-bit sequence ‖ 64-bit server
 * time in ms ‖ 28 random bits, written in decimal (47 digits). Worked out from recorded responses; undocumented.
 */

export interface FragmentNumberParts {
  readonly sequence: number;
  /** ms since the epoch. */
  readonly serverTimestamp: number;
}

export function composeFragmentNumber(parts: FragmentNumberParts, random: () => number): string {
  const noise = BigInt(Math.floor(random() * 2 ** 28));
  return (
    (1n << 156n) |
    (BigInt(parts.sequence) << 92n) |
    (BigInt(parts.serverTimestamp) << 28n) |
    noise
  ).toString();
}

/** Whether a string of digits has the form of the service's numbers. */
export function isFragmentNumber(digits: string): boolean {
  return BigInt(digits) >> 156n === 1n;
}

export function decomposeFragmentNumber(FragmentNumber: string): FragmentNumberParts {
  const value = BigInt(FragmentNumber);
  const bits64 = (1n << 64n) - 1n;
  return {
    sequence: Number((value >> 92n) & bits64),
    serverTimestamp: Number((value >> 28n) & bits64),
  };
}

/** Numbers are handed out in blocks of a thousand per producer session, so a new session jumps to the next one. */
const BLOCK = 1000;

/** Hands out the numbers of one stream, ascending. */
export class FragmentNumbers {
  #next: number;
  readonly #random: () => number;

  /**
   * @param createdAt ms since the epoch. The first sequence number grows with it, so that a stream of the same
   *   name in a later run of the simulator continues above the numbers that readers may still remember.
   */
  constructor(createdAt: number, random: () => number) {
    this.#next = Math.max(0, Math.floor(createdAt / 1000) - EPOCH_SECONDS) * BLOCK + 1;
    this.#random = random;
  }

  next(serverTimestamp: number): string {
    return composeFragmentNumber({ sequence: this.#next++, serverTimestamp }, this.#random);
  }

  /** Takes the next `count` sequence numbers at once, and returns the first. */
  reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }

  startSession(): void {
    this.#next = Math.ceil(this.#next / BLOCK) * BLOCK + 1;
  }
}

/** 2023-01-01: keeps sequences small enough for the leading digits that real numbers share. */
const EPOCH_SECONDS = 1_672_531_200;
