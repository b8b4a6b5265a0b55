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

/** Forty hexadecimal digits: `1`, 16 of sequence, 16 of server time, 7 at random. Undefined for any other form. */
export function readFragmentNumber(FragmentNumber: string): FragmentNumberParts | undefined {
  if (!/^\d{47}$/.test(FragmentNumber)) {
    return undefined;
  }
  const hex = BigInt(FragmentNumber).toString(16);
  if (hex.length !== 40 || !hex.startsWith('1')) {
    return undefined;
  }
  const ServerTimestamp = Number(BigInt(`0x${hex.slice(17, 33)}`));
  return Number.isSafeInteger(ServerTimestamp)
    ? { sequence: BigInt(`0x${hex.slice(1, 17)}`), ServerTimestamp }
    : undefined;
}
