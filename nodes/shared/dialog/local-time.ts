/** Converts between a start value and the local time of a date picker. */
import { parseTimestamp } from '../../../src/options';

/** A start value as a `datetime-local` input holds it, in local time to the ms; empty where it is no time. */
export function localTime(startValue: unknown): string {
  const ms = parseTimestamp(startValue);
  const time = new Date(ms ?? NaN);
  return Number.isNaN(time.getTime())
    ? ''
    : new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
}

/** ISO 8601 in UTC of what a `datetime-local` input holds; undefined where it is empty. */
export function utcTime(local: string): string | undefined {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** The browser's time zone and its offset at a time, such as `Europe/Berlin, UTC+01:00`, or `UTC`. */
export function zoneAt(local: string): string {
  const time = new Date(local);
  const minutes = -(Number.isNaN(time.getTime()) ? new Date() : time).getTimezoneOffset();
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return timeZone === 'UTC' ? timeZone : `${timeZone}, UTC${offset}`;
}
