/** The middle of the values, for even numbers of them the mean of the two in the middle. NaN without any. */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5, Math.floor) + quantile(values, 0.5, Math.ceil)) / 2;
}

/** The value below which that part of them lies. */
export function quantile(values: readonly number[], part: number, round = Math.ceil): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, round(part * (sorted.length - 1)))] ?? NaN;
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
