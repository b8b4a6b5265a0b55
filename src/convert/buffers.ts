/** Bytes in memory that nothing else shares, as what leaves must be. */
export function own(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** As Math.min and Math.max, for lists of any length; 0 for an empty one. */
export function least(values: readonly number[]): number {
  return values.reduce((found, value) => (value < found ? value : found), values[0] ?? 0);
}

export function greatest(values: readonly number[]): number {
  return values.reduce((found, value) => (value > found ? value : found), values[0] ?? 0);
}
