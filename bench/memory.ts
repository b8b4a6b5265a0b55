/** Memory of a process, and its trend over a long run. */
import { execFileSync } from 'node:child_process';

/** For the settings of a Node-RED: on SIGWINCH it collects garbage, and logs `collected`. */
export const COLLECT_ON_SIGNAL = `
require('node:v8').setFlagsFromString('--expose-gc');
const collect = require('node:vm').runInNewContext('gc');
process.on('SIGWINCH', () => {
  collect();
  collect();
  console.log('collected');
});`;

/** Resident memory of a process, MB. */
export function residentMB(pid: number): number {
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Math.round(Number(kilobytes) / 102.4) / 10;
}

/** Least-squares slope of equally spaced values, per hour. */
export function slopePerHour(values: readonly number[], everyMs: number): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  for (const [x, y] of values.entries()) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : (above / below) * (3_600_000 / everyMs);
}
