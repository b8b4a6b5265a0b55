import assert from 'node:assert/strict';
import { builtDialog } from '../../../scripts/dialog';
import { CONVERT_DEFAULTS, TARGETS } from '../../../src/options';
import { judged, loadDefinition, nodeOf } from '../definition';

describe('the definition of kvs-convert', () => {
  const definition = loadDefinition('kvs-convert');

  it('has the defaults of the contract, and finds nothing wrong with them', () => {
    const values = Object.entries(definition.defaults).map(
      ([property, { value }]) => [property, value] as const,
    );
    assert.deepEqual(Object.fromEntries(values), { name: '', ...CONVERT_DEFAULTS });
    const node = nodeOf('kvs-convert');
    for (const [property, value] of values) {
      assert.notEqual(typeof judged(definition, node, property, value), 'string', property);
      assert.notEqual(typeof judged(definition, node, property, undefined), 'string', property);
    }
  });

  const wrong: [property: string, value: unknown, reason: RegExp][] = [
    ['to', 'film', /^Convert to: choose/],
    ['tracks', 'bogus,,9x', /^Tracks: numbers, names or types/],
    ['intervalSeconds', 'often', /^One every: a number is needed/],
    ['intervalSeconds', '', /^One every: a number is needed/],
    ['intervalSeconds', -1, /^One every: a number from 0 to 86400 is needed/],
    ['splitBy', 'frames', /^New file: choose one of the values/],
    ['splitSeconds', 0.5, /^File length: a number from 1 to 604800 is needed/],
    ['splitMB', 0, /^File size: a number from 1 to 100000 is needed/],
    ['filename', '{stream}.mp4', /^File name: use \{StreamName\}/],
    ['filename', 'folder/', /^File name: .*cannot end with a slash/],
    ['timeZone', 'mars', /^Time zone: choose one of the values/],
    ['version', 2, /^Version: .*newer release/],
  ];
  for (const [property, value, reason] of wrong) {
    it(`says what is wrong with ${property} ${JSON.stringify(value)}`, () => {
      assert.match(String(judged(definition, nodeOf('kvs-convert'), property, value)), reason);
    });
  }

  it('offers every form of output, in the order of the settings', () => {
    const page = builtDialog('kvs-convert');
    const offered = [...page.matchAll(/<option value="(\w+)" data-i18n="kvs-convert\.to\.\1"/g)];
    assert.deepEqual(
      offered.map(([, target]) => target),
      TARGETS,
    );
  });

  it('is labelled by its name, else by what it makes', () => {
    assert.equal(definition.label.call({ name: 'Player', to: 'mp4' }), 'Player');
    assert.equal(definition.label.call({ name: '', to: 'wav' }), 'kvs to wav');
  });
});
