/** Medians, quantiles and linear fits. */

/** The middle of the values, for even numbers of them the mean of the two in the middle. NaN without any. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const below = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (below + (sorted[Math.floor(sorted.length / 2)] ?? NaN)) / 2;
}

/** The least value that so large a part of them does not exceed (nearest rank). */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}

export interface LinearFit {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance that the line explains: 1 where all points lie on it. */
  readonly r2: number;
}

/** Least squares. */
export function linearFit(points: readonly (readonly [x: number, y: number])[]): LinearFit {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const sum = (of: (x: number, y: number) => number): number =>
    points.reduce((total, [x, y]) => total + of(x - meanX, y - meanY), 0);
  const slope = sum((x, y) => x * y) / sum((x) => x * x);
  const rest = sum((x, y) => (y - slope * x) ** 2);
  return { slope, intercept: meanY - slope * meanX, r2: 1 - rest / sum((_, y) => y * y) };
}
