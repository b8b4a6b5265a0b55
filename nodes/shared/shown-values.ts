/** Values as sentences show them, the same in every language. */
import { printable } from '../../src/printable';

/** `850 ms`, `2.5 s`, `40 s`, `5 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) {
    return `${String(Math.round(ms))} ms`;
  }
  const seconds = ms / 1_000;
  if (seconds < 60) {
    return `${String(seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds))} s`;
  }
  return `${String(Math.round(seconds / 6) / 10)} min`;
}

/** `512 bytes`, `70 kB`, `64 MB`. */
export function size(bytes: number): string {
  if (bytes < 10_000) {
    return `${String(bytes)} bytes`;
  }
  const units =
    bytes < 1024 * 1024 ? ({ name: 'kB', bytes: 1024 } as const) : { name: 'MB', bytes: 1024 * 1024 };
  return `${String(Math.round((bytes / units.bytes) * 10) / 10)} ${units.name}`;
}

/** `2026-01-31 08:30:00 UTC`, with parts of a second where there are some. */
export function utc(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? String(time)
    : `${date
        .toISOString()
        .replace('T', ' ')
        .replace(/(\.000)?Z$/, '')} UTC`;
}

/** Characters of a value in a sentence, such as a path that a message names. */
const LONGEST_VALUE = 4_000;

/**
 * A value of a statement, by the name that it has there: see `StatementTable`. Texts come from anywhere, so they are made
 * safe to show in a terminal.
 */
export function shownValue(name: string, value: string | number): string {
  if (typeof value !== 'number') {
    return printable(value, LONGEST_VALUE);
  }
  if (name.endsWith('Ms')) {
    return duration(value);
  }
  if (name.endsWith('Bytes')) {
    return size(value);
  }
  return name === 'from' || name === 'to' ? utc(value) : String(value);
}
