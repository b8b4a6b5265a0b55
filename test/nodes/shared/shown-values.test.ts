import assert from 'node:assert/strict';
import { duration, shownValue } from '../../../nodes/shared/shown-values';

describe('a duration in a sentence', () => {
  const words: readonly [number, string][] = [
    [0, '0 ms'],
    [850.4, '850 ms'],
    [1_000, '1 s'],
    [2_449, '2.4 s'],
    [40_000, '40 s'],
    [59_999, '60 s'],
    [60_000, '1 min'],
    [330_000, '5.5 min'],
  ];
  for (const [ms, expected] of words) {
    it(`${ms}: ${expected}`, () => {
      assert.equal(duration(ms), expected);
    });
  }
});

describe('a value in a sentence', () => {
  const values: readonly [string, string | number, string][] = [
    ['path', '/clips/\u001b[2J\n\u202edoor.mp4', '/clips/\\u001b[2J\\u000a\\u202edoor.mp4'],
    ['path', 'x'.repeat(1_000_000), `${'x'.repeat(4_000)}…`],
    ['silentMs', 20_000, '20 s'],
    ['maxChunkBytes', 64 * 1024 * 1024, '64 MB'],
    ['sizeInBytes', 512, '512 bytes'],
    ['from', Date.UTC(2026, 0, 31, 8, 30), '2026-01-31 08:30:00 UTC'],
    ['to', Date.UTC(2026, 0, 31, 8, 30, 0, 250), '2026-01-31 08:30:00.250 UTC'],
    ['to', 1e20, '100000000000000000000'],
    ['attempts', 3, '3'],
    ['StreamName', 'door', 'door'],
  ];
  for (const [name, value, expected] of values) {
    it(`${name}: ${JSON.stringify(String(value).slice(0, 40))}`, () => {
      assert.equal(shownValue(name, value), expected);
    });
  }
});
