import assert from 'node:assert/strict';
import { chosenMediaTransport } from '../../src/http/media-transport';

describe('the choice of how media are read', () => {
  for (const [value, transport] of [
    [undefined, 'lean'],
    ['', 'lean'],
    ['no such thing', 'lean'],
    ['lean', 'lean'],
    ['library', 'library'],
    [' Library ', 'library'],
  ] as const) {
    it(`is ${transport} where KVS_MEDIA_TRANSPORT is ${value === undefined ? 'not set' : `"${value}"`}`, () => {
      assert.equal(
        chosenMediaTransport(value === undefined ? {} : { KVS_MEDIA_TRANSPORT: value }),
        transport,
      );
    });
  }
});
