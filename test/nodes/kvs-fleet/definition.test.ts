import assert from 'node:assert/strict';
import { FLEET_DEFAULTS } from '../../../src/options';
import { judged, loadDefinition, nodeOf } from '../definition';

const ARN = 'arn:aws:kinesisvideo:eu-central-1:123456789012:stream/door/1580000000000';

describe('the definition of kvs-fleet', () => {
  const definition = loadDefinition('kvs-fleet', { good: { region: 'us-west-2', valid: true } });
  const values = Object.entries(definition.defaults).map(([name, { value }]) => [name, value] as const);

  it('has the defaults of the settings, and finds nothing wrong with them but what only the user can know', () => {
    assert.deepEqual(Object.fromEntries(values), { name: '', config: '', ...FLEET_DEFAULTS });
    for (const [property, value] of values.filter(([name]) => name !== 'config')) {
      assert.notEqual(typeof judged(definition, nodeOf('kvs-fleet'), property, value), 'string', property);
      assert.notEqual(
        typeof judged(definition, nodeOf('kvs-fleet'), property, undefined),
        'string',
        property,
      );
    }
  });

  const wrong: [property: string, value: unknown, reason: RegExp, others?: object][] = [
    ['config', '', /^Account: a value is needed/],
    ['version', 2, /^Version: .*newer release/],
    ['selectBy', 'colour', /^Select by: choose one/],
    ['streams', 'site/north', /^Name begins with: a name has letters/],
    ['streams', '', /^Tags: a value is needed/, { selectBy: 'tags' }],
    ['streams', 'north', /^Tags: tags are written like/, { selectBy: 'tags' }],
    ['streams', 'door\nback yard', /^Streams: each line needs/, { selectBy: 'list' }],
    ['streams', ARN, /^Streams: this ARN is of another region/, { selectBy: 'list' }],
    ['exclude', 'a b', /^Except: patterns have/],
    ['discoverSeconds', 1, /^Search every: a number from 5 to 86400/],
    ['maxStreams', 0.5, /^Max streams: a whole number/],
    ['maxInFlight', -1, /^Max in flight: a number from 0/],
    ['coordination', 'redis', /^Share among: choose one/],
    ['table', 'a b', /^Table: the name or ARN/, { coordination: 'dynamodb' }],
    ['tableEndpoint', 'http://a.example', /^Table endpoint: http/, { coordination: 'dynamodb' }],
    ['fleet', 'a b', /^Fleet: a fleet name has/, { coordination: 'dynamodb' }],
    ['leaseSeconds', 1, /^Lease: a number from 3 to 300/, { coordination: 'dynamodb' }],
    ['checkpointSeconds', -1, /^Checkpoint every: a number from 0/, { coordination: 'dynamodb' }],
  ];
  for (const [property, value, reason, others = {}] of wrong) {
    it(`says what is wrong with ${property} ${JSON.stringify(value)}`, () => {
      const node = nodeOf('kvs-fleet', { config: 'good', ...others });
      assert.match(String(judged(definition, node, property, value)), reason);
    });
  }

  it('is labelled by its name, by what its streams are chosen by, else its type', () => {
    const label = (node: object): string => definition.label.call(node);
    assert.equal(label({ name: 'Site', streams: 'cam', selectBy: 'prefix' }), 'Site');
    assert.equal(label({ name: '', streams: 'cam', selectBy: 'prefix' }), 'cam*');
    assert.equal(label({ name: '', streams: 'site=north', selectBy: 'tags' }), 'site=north');
    assert.equal(label({ name: '', streams: 'a\nb', selectBy: 'list' }), 'kvs fleet');
    assert.equal(label({ name: '' }), 'kvs fleet');
  });
});
