/**
 * Fragment numbers are decimal strings of up to 128 digits. They are compared as integers and never as floats:
 * a double holds 15 of their 47 digits.
 */

/** Negative, zero or positive, as for sorting. Both must be strings of digits. */
export function compareFragmentNumbers(a: string, b: string): number {
  if (a.length === b.length) {
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** What a fragment number of today's form tells. Nothing that must be right may depend on it: AWS does not document it. */
export interface FragmentNumberParts {
  /** Counts up by one within a producer's session. */
  readonly sequence: bigint;
  /** The service's clock at the fragment's arrival, ms since the epoch: the SERVER_TIMESTAMP tag's value. */
  readonly ServerTimestamp: number;
}

/** A fragment number of today's form, in bits from the lowest: random ones, the server time, the sequence, and a 1. */
const RANDOM_BITS = 28n;
const TIME_BITS = 64;
const SEQUENCE_BITS = 64;
const BITS_BEFORE_SEQUENCE = RANDOM_BITS + BigInt(TIME_BITS);
const BITS_BEFORE_ONE = BITS_BEFORE_SEQUENCE + BigInt(SEQUENCE_BITS);

/** Reads a fragment number of today's form; undefined for any other one. */
export function readFragmentNumber(FragmentNumber: string): FragmentNumberParts | undefined {
  if (!/^\d{47}$/.test(FragmentNumber)) {
    return undefined;
  }
  const bits = BigInt(FragmentNumber);
  if (bits >> BITS_BEFORE_ONE !== 1n) {
    return undefined;
  }
  const ServerTimestamp = Number(BigInt.asUintN(TIME_BITS, bits >> RANDOM_BITS));
  return Number.isSafeInteger(ServerTimestamp)
    ? { sequence: BigInt.asUintN(SEQUENCE_BITS, bits >> BITS_BEFORE_SEQUENCE), ServerTimestamp }
    : undefined;
}
