/** Least and greatest of lists of any length, which Math.min and Math.max do not take; 0 for an empty one. */
export function least(values: readonly number[]): number {
  return values.reduce((found, value) => (value < found ? value : found), values[0] ?? 0);
}

export function greatest(values: readonly number[]): number {
  return values.reduce((found, value) => (value > found ? value : found), values[0] ?? 0);
}
