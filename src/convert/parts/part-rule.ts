/** When a part of a stream ends. */
import type { FileSettings } from '../../options';

/** @param start of the part, and `time` of a picture in it, ms since the epoch. True where the part has to end before */
export function isOver(rule: FileSettings, start: number, time: number): boolean {
  if (rule.splitBy !== 'seconds') {
    return false;
  }
  const length = rule.splitSeconds * 1_000;
  return rule.alignToClock
    ? periodOf(rule, start) !== periodOf(rule, time)
    : time < start || time - start >= length;
}

function periodOf({ splitSeconds, timeZone }: FileSettings, time: number): number {
  const offset = timeZone === 'utc' ? 0 : new Date(time).getTimezoneOffset() * 60_000;
  return Math.floor((time - offset) / (splitSeconds * 1_000));
}
