/** Least and greatest of lists of any length, which Math.min and Math.max do not take; 0 for an empty one. */
export function least(values: readonly number[]): number {
  let found = values[0] ?? 0;
  for (const value of values) {
    found = value < found ? value : found;
  }
  return found;
}

export function greatest(values: readonly number[]): number {
  let found = values[0] ?? 0;
  for (const value of values) {
    found = value > found ? value : found;
  }
  return found;
}
