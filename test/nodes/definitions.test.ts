import assert from 'node:assert/strict';
import { builtDialog } from '../../scripts/dialog';
import {
  ARCHIVE_DEFAULTS,
  CONFIG_DEFAULTS,
  CONVERT_DEFAULTS,
  GET_MEDIA_DEFAULTS,
  TARGETS,
} from '../../src/options';
import { NODE_TYPES, judged, loadDefinition, nodeOf } from './definition';

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
    ['output', 'clip', /^Answer with: choose one/],
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

describe('the definition of kvs-config', () => {
  const definition = loadDefinition('kvs-config', { good: { valid: true }, bad: { valid: false } });
  const MQTT = 'a1b2-ats.iot.eu-west-1.amazonaws.com';
  const ROLE = 'arn:aws:iam::123456789012:role/reader';

  it('has the defaults of the contract', () => {
    const values = Object.entries(definition.defaults).map(([property, { value }]) => [property, value]);
    assert.deepEqual(Object.fromEntries(values), { name: '', region: '', ...CONFIG_DEFAULTS });
    assert.equal(definition.defaults['tls']?.type, 'tls-config');
    assert.equal(definition.defaults['proxy']?.type, 'http proxy');
    const types = Object.entries(definition.credentials ?? {}).map(([name, credential]) => [
      name,
      credential.type,
    ]);
    assert.deepEqual(Object.fromEntries(types), {
      accessKeyId: 'text',
      secretAccessKey: 'password',
      sessionToken: 'password',
    });
  });

  const wrong: [
    property: string,
    value: unknown,
    reason: RegExp,
    others?: Readonly<Record<string, unknown>>,
  ][] = [
    ['region', '', /^Region: a value is needed/],
    ['region', 'Oregon', /^Region: this is no AWS region/],
    ['auth', 'magic', /^Credentials: choose/],
    ['profile', '', /^Profile: a value is needed/, { auth: 'profile' }],
    ['endpoint', 'https://', /^Endpoint: an address is needed/],
    ['endpoint', '127.0.0.1:4567', /^Endpoint: begin with https:/],
    ['endpoint', 'localhost:4567', /^Endpoint: begin with https:/],
    ['auth', 'keys', /^Credentials: the access keys are missing/, { id: 'imported', changed: true }],
    ['endpoint', 'http://example.org', /^Endpoint: http:\/\/ is for this machine alone/],
    ['accessKeyId', '', /^Access key ID: a value is needed/, { auth: 'keys' }],
    ['secretAccessKey', ' ', /^Secret access key: a value is needed/],
    ['roleArn', 'reader', /^Assume role: this is no role ARN/],
    ['externalId', 'a b', /^External ID: 2 to 1224/, { roleArn: ROLE }],
    ['roleSessionName', 'x', /^Session name: 2 to 64/, { roleArn: ROLE }],
    ['iotEndpoint', '', /^IoT endpoint: a value is needed/, { auth: 'iot' }],
    ['iotEndpoint', 'a b', /^IoT endpoint: the name of a host/, { auth: 'iot' }],
    ['iotEndpoint', MQTT, /^IoT endpoint: this is the endpoint of MQTT/, { auth: 'iot' }],
    ['iotRoleAlias', 'a b', /^Role alias: 1 to 128/, { auth: 'iot' }],
    ['iotThingName', 'a/b', /^Thing name: 1 to 128/, { auth: 'iot' }],
    ['tls', '_ADD_', /^TLS: a value is needed/, { auth: 'iot' }],
    ['tls', 'gone', /^TLS: this configuration does not exist/],
    ['proxy', 'bad', /^Proxy: its settings have a mistake/],
  ];
  for (const [property, value, reason, others] of wrong) {
    it(`says what is wrong with ${property} ${JSON.stringify(value)}`, () => {
      assert.match(String(judged(definition, nodeOf('kvs-config', others), property, value)), reason);
    });
  }

  it('finds no fault with keys that are typed, or that a deployed node may have', () => {
    const typed = { accessKeyId: 'AKIA', has_secretAccessKey: true };
    const secret = { accessKeyId: 'AKIA', secretAccessKey: 's' };
    for (const credentials of [typed, secret]) {
      const node = nodeOf('kvs-config', { id: 'typed', changed: true, credentials });
      assert.equal(judged(definition, node, 'auth', 'keys'), true);
    }
    const deployed = { id: 'deployed', changed: false };
    assert.equal(judged(definition, nodeOf('kvs-config', deployed), 'auth', 'keys'), true);
    assert.equal(
      judged(definition, nodeOf('kvs-config', { ...deployed, changed: true }), 'auth', 'keys'),
      true,
    );
    const other = nodeOf('kvs-config', { id: 'other', changed: true });
    assert.equal(judged(definition, other, 'auth', 'default'), true);
  });

  it('asks for no keys and no profile where another source was chosen', () => {
    const node = nodeOf('kvs-config', { auth: 'default' });
    const others = ['iotEndpoint', 'iotRoleAlias', 'tls', 'proxy', 'externalId', 'roleSessionName'];
    for (const property of ['accessKeyId', 'secretAccessKey', 'profile', ...others]) {
      assert.equal(judged(definition, node, property, ''), true);
    }
  });

  it('is labelled by its name, else its region', () => {
    assert.equal(definition.label.call({ name: 'Home', region: 'us-west-2' }), 'Home');
    assert.equal(definition.label.call({ name: '', region: 'us-west-2' }), 'us-west-2');
  });
});

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

describe('validators', () => {
  it('declare two parameters, without which Node-RED would drop their reasons', () => {
    for (const type of NODE_TYPES) {
      const { defaults, credentials = {} } = loadDefinition(type);
      for (const [property, { validate }] of Object.entries({ ...defaults, ...credentials })) {
        assert.ok(validate === undefined || validate.length === 2, `${type} ${property}`);
      }
    }
  });
});
