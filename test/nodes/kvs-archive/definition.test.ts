import assert from 'node:assert/strict';
import { ARCHIVE_DEFAULTS } from '../../../src/options';
import { judged, loadDefinition, nodeOf } from '../definition';

const ARN = 'arn:aws:kinesisvideo:eu-central-1:123456789012:stream/door/1580000000000';

describe('the definition of kvs-archive', () => {
  const account = { region: 'us-west-2', valid: true };
  const definition = loadDefinition('kvs-archive', { good: account });

  it('has the defaults of the contract', () => {
    const values = Object.fromEntries(
      Object.entries(definition.defaults).map(([property, { value }]) => [property, value]),
    );
    assert.deepEqual(values, { name: '', config: '', stream: '', ...ARCHIVE_DEFAULTS });
  });

  it('needs an account, and no stream: a message may name it', () => {
    const values = Object.entries(definition.defaults).map(([name, { value }]) => [name, value] as const);
    const node = nodeOf('kvs-archive', Object.fromEntries(values));
    const wrong = values.filter(([name, value]) => typeof judged(definition, node, name, value) === 'string');
    assert.deepEqual(
      wrong.map(([name]) => name),
      ['config'],
    );
  });

  const wrong: readonly [property: string, value: unknown, reason: RegExp][] = [
    ['stream', 'two words', /^Stream: a name has letters/],
    ['stream', ARN, /^Stream: this ARN is of another region/],
    ['output', 'film', /^Answer with: choose one/],
    ['saveTo', 'cloud', /^Save to: choose one/],
    ['maxMB', '0', /^Max size: a number from 1 to 1024 is needed/],
    ['beforeSeconds', '', /^Before: a number is needed/],
    ['maxInFlight', '1.5', /^Max in flight: a whole number is needed/],
    ['expiresSeconds', '10', /^Valid for: a number from 300 to 43200 is needed/],
  ];
  for (const [property, value, reason] of wrong) {
    it(`says what is wrong with ${property} ${JSON.stringify(value)}`, () => {
      const node = nodeOf('kvs-archive', { config: 'good', [property]: value });
      assert.match(String(judged(definition, node, property, value)), reason);
    });
  }
});
