/** What a benchmark suite is: tasks to run in each round, and a report of their results. */
import { median } from './statistics';

/** One process to be run once a round: it prints its result as its last line, in JSON. */
export interface Task {
  readonly id: string;
  /** Relative to this folder. */
  readonly script: string;
  readonly argument: object;
  /** Options of node. */
  readonly flags?: readonly string[];
  /** Why the result is not to be used, and measured again; undefined where it is good. */
  readonly complaint?: (result: unknown) => string | undefined;
}

/** What is added to each result. */
export interface Measurement {
  /** Cores that other work kept busy right before it. */
  readonly loadBefore: number;
}

/** Results by task, one of each round. */
export type Results = ReadonlyMap<string, readonly unknown[]>;

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A figure that is to be reached. */
export interface Check {
  readonly what: string;
  readonly measured: number;
  readonly target: string;
  readonly met: boolean;
}

/** A line of docs/internals/performance.md: medians alone. */
export interface Highlight {
  readonly what: string;
  readonly measured: string;
  readonly beside: string;
}

export interface Report {
  readonly tables: readonly Table[];
  readonly checks: readonly Check[];
  readonly highlights: readonly Highlight[];
}

export interface Suite {
  readonly name: string;
  /** At least so many, where it has small differences to show. */
  readonly rounds?: number;
  tasks(quick: boolean): readonly Task[];
  report(results: Results): Report;
}

/** `12.3 [11.0-14.1]`: the median, and the range of the rounds. */
export function spread(values: readonly number[], digits = 3): string {
  const text = (value: number): string => short(value, digits);
  return `${text(median(values))} [${text(Math.min(...values))}-${text(Math.max(...values))}]`;
}

export function short(value: number, digits = 3): string {
  return value >= 1_000 ? value.toFixed(0) : String(Number(value.toPrecision(digits)));
}

/** Round by round, so that what slows a whole round down does not show. */
export function ratios(values: readonly number[], references: readonly number[]): number[] {
  return values.map((value, round) => value / (references[round] ?? NaN));
}

export function atLeast(what: string, measured: number, target: number, unit = ''): Check {
  return { what, measured, target: `at least ${target}${unit}`, met: measured >= target };
}

export function atMost(what: string, measured: number, target: number, unit = ''): Check {
  return { what, measured, target: `at most ${target}${unit}`, met: measured <= target };
}
