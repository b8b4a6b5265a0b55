/** How much time has passed, by every clock that this machine has. */
import { uptime } from 'node:os';
import type { Moment } from '../../src/fleet';

/** Asking the system for its uptime opens a file, and it is asked before each message. */
const UPTIME_EVERY_MS = 50;

let known = { at: Number.NEGATIVE_INFINITY, uptimeMs: 0 };

/**
 * A suspended machine stops the first clock, a person may set the second back, and the third counts suspended time on
 * most systems.
 */
export function machineMoment(): Moment {
  const now = performance.now();
  if (now - known.at >= UPTIME_EVERY_MS) {
    known = { at: now, uptimeMs: uptime() * 1_000 };
  }
  return [now, Date.now(), known.uptimeMs];
}
