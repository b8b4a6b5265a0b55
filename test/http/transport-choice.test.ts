import assert from 'node:assert/strict';
import { chosenMediaTransport } from '../../src/http/transport-choice';

describe('the choice of how media are read', () => {
  for (const [value, transport] of [
    [undefined, 'socket'],
    ['', 'socket'],
    ['no such thing', 'socket'],
    ['socket', 'socket'],
    ['lean', 'socket'],
    ['https', 'https'],
    [' HTTPS ', 'https'],
    ['library', 'https'],
    [' Library ', 'https'],
  ] as const) {
    it(`is ${transport} where KVS_MEDIA_TRANSPORT is ${value === undefined ? 'not set' : `"${value}"`}`, () => {
      assert.equal(
        chosenMediaTransport(value === undefined ? {} : { KVS_MEDIA_TRANSPORT: value }),
        transport,
      );
    });
  }
});
