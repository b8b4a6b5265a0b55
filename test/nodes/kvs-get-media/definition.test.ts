import assert from 'node:assert/strict';
import { GET_MEDIA_DEFAULTS } from '../../../src/options';
import { judged, loadDefinition, nodeOf } from '../definition';

const ARN = 'arn:aws:kinesisvideo:eu-central-1:123456789012:stream/door/1580000000000';

describe('the definition of kvs-get-media', () => {
  const account = { region: 'us-west-2', valid: true };
  const definition = loadDefinition('kvs-get-media', {
    good: account,
    bad: { region: 'nowhere', valid: false },
    off: { region: 'us-west-2', d: true },
    env: { region: '${AWS_REGION}', valid: true },
  });

  it('has the defaults of the contract', () => {
    const values = Object.fromEntries(
      Object.entries(definition.defaults).map(([property, { value }]) => [property, value]),
    );
    assert.deepEqual(values, { name: '', config: '', stream: '', ...GET_MEDIA_DEFAULTS });
    assert.equal(definition.defaults['config']?.type, 'kvs-config');
  });

  it('finds nothing wrong with a new node but what only the user can know', () => {
    const values = Object.entries(definition.defaults).map(([name, { value }]) => [name, value] as const);
    const node = nodeOf('kvs-get-media', Object.fromEntries(values));
    const wrong = values
      .filter(([name, value]) => typeof judged(definition, node, name, value) === 'string')
      .map(([name]) => name);
    assert.deepEqual(wrong, ['config', 'stream']);
  });

  it('takes what a flow leaves out as the default', () => {
    const node = nodeOf('kvs-get-media', { config: 'good', stream: 'demo' });
    const wrong = Object.keys(definition.defaults)
      .filter((name) => name !== 'config' && name !== 'stream')
      .filter((name) => typeof judged(definition, node, name, undefined) === 'string');
    assert.deepEqual(wrong, []);
  });

  const wrong: [
    property: string,
    value: unknown,
    reason: RegExp,
    others?: Readonly<Record<string, unknown>>,
  ][] = [
    ['config', '', /^Account: a value is needed/],
    ['config', 'gone', /^Account: a value is needed/],
    ['config', 'off', /^Account: it is disabled/],
    ['config', 'bad', /^Account: its settings have a mistake/],
    ['stream', '', /^Stream: a value is needed/],
    ['stream', 'two words', /^Stream: a name has letters/],
    ['stream', ARN, /^Stream: this ARN is of another region/],
    ['startSelectorType', 'YESTERDAY', /^Start position: choose/],
    ['startValue', '', /^Time: a value is needed/, { startSelectorType: 'SERVER_TIMESTAMP' }],
    ['startValue', 'noon', /^Time: a time is needed/, { startSelectorType: 'PRODUCER_TIMESTAMP' }],
    ['startValue', '12x', /^Fragment number: .*digits/, { startSelectorType: 'FRAGMENT_NUMBER' }],
    ['startValue', 'a\tb', /^Token: a token has/, { startSelectorType: 'CONTINUATION_TOKEN' }],
    ['tracks', 'bogus,,9x', /^Tracks: numbers, names or types/],
    ['untilType', 'sunset', /^End: choose where to end/],
    ['untilValue', '', /^Until: a value is needed/, { untilType: 'chunks' }],
    ['untilValue', '1.5', /^Until: a whole number from 1/, { untilType: 'chunks' }],
    ['untilValue', '0', /^Until: a number of seconds above 0/, { untilType: 'mediaSeconds' }],
    ['untilValue', 'noon', /^Until: a time is needed/, { untilType: 'at' }],
    ['emit', 'film', /^Send: choose/],
    ['maxInFlight', '', /^Max in flight: a number is needed/],
    ['maxInFlight', '1.5', /^Max in flight: a whole number is needed/],
    ['maxInFlight', -1, /^Max in flight: a number from 0 to 10000 is needed/],
    ['stallTimeoutSeconds', 'soon', /^Stall timeout: a number is needed/],
    ['silentSeconds', -1, /^Report silence: a number from 0 to 604800 is needed/],
    ['ackTimeoutSeconds', 0, /^Ack timeout: a number from 1 to 86400 is needed/],
    ['maxChunkMB', 4096, /^Max chunk size: a number from 1 to 1024 is needed/],
    ['version', 2, /^Version: .*newer release/],
  ];
  for (const [property, value, reason, others] of wrong) {
    it(`says what is wrong with ${property} ${JSON.stringify(value)}`, () => {
      const node = nodeOf('kvs-get-media', { config: 'good', ...others });
      assert.match(String(judged(definition, node, property, value)), reason);
    });
  }

  it('compares an ARN with the region only where the region is written out', () => {
    for (const config of ['env', 'gone', '']) {
      assert.equal(judged(definition, nodeOf('kvs-get-media', { config }), 'stream', ARN), true);
    }
  });

  it('is labelled by its name, else its stream, else its type', () => {
    assert.equal(definition.label.call({ name: 'Door', stream: 'demo' }), 'Door');
    assert.equal(definition.label.call({ name: '', stream: 'demo' }), 'demo');
    assert.equal(definition.label.call({ name: '', stream: '' }), 'kvs get media');
    assert.equal(definition.labelStyle.call({ name: 'Door' }), 'node_label_italic');
    assert.equal(definition.labelStyle.call({ name: '' }), '');
  });

  it('names its ports', () => {
    const node = nodeOf('kvs-get-media');
    assert.equal(definition.inputLabels?.call(node, 0), 'actions');
    assert.deepEqual(
      [0, 1].map((index) => definition.outputLabels?.call(node, index)),
      ['media', 'errors'],
    );
  });
});
