import assert from 'node:assert/strict';
import { CONFIG_DEFAULTS } from '../../../src/options';
import { judged, loadDefinition, nodeOf } from '../definition';

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
