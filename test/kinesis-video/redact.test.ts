import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quotable, redact } from '../../src/kinesis-video/redact';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const TOKEN = `FwoGZXIvYXdzE${'aB3/+'.repeat(40)}==`;
const SIGNATURE = 'fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024';

describe('redact', () => {
  const leaks: readonly [string, string, string][] = [
    ['an access key id', 'The key AKIAIOSFODNN7EXAMPLE is unknown', 'AKIAIOSFODNN7EXAMPLE'],
    ['a temporary access key id', 'ASIAIOSFODNN7EXAMPLE expired', 'ASIAIOSFODNN7EXAMPLE'],
    ['a secret access key', `given ${SECRET}.`, SECRET],
    ['a token', `x-amz-security-token:${TOKEN}`, TOKEN.slice(0, 30)],
    ['a token in JSON', `{"SessionToken": "${TOKEN}"}`, TOKEN.slice(0, 30)],
    ['a short token beside its name', 'X-Amz-Security-Token=short', 'short'],
    ['a signature', `Signature=${SIGNATURE}`, SIGNATURE],
    ['a signature in a URL', `?X-Amz-Signature=${SIGNATURE}&a=b`, SIGNATURE],
    ['a credential scope', 'Credential=ABC/20260101/eu-west-1/kinesisvideo/aws4_request', 'ABC/2026'],
    ['a bare hash', `expected ${SIGNATURE}`, SIGNATURE],
  ];
  for (const [what, text, secret] of leaks) {
    it(`cuts out ${what}`, () => {
      assert.ok(!redact(text).includes(secret), redact(text));
    });
  }

  it('ends a message where it begins to repeat the signed request', () => {
    const sentence =
      'The request signature we calculated does not match the signature you provided. Check your key.';
    assert.equal(
      redact(
        `${sentence} The Canonical String for this request should have been 'POST\nhost:x' The String-to-Sign…`,
      ),
      'The request signature we calculated does not match the signature you provided. Check your key',
    );
    assert.ok(!redact("Authorization=AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host'").includes('host'));
  });

  const harmless = [
    'User: arn:aws:iam::123456789012:user/bob is not authorized to perform: kinesisvideo:GetMedia on resource: arn:aws:kinesisvideo:eu-west-1:123456789012:stream/frontdoorcameranumber1/1500000000000',
    'User: arn:aws:sts::123456789012:assumed-role/reader/i-0123456789abcdef0 is not authorized',
    'Fragment 91343852333181432392682062607743920146264622859 is not known',
    'Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z (20260101T011500Z - 15 min.)',
    "Limit exceeded on number of requests for GetDataEndpoint API for resource 'front-door'",
    'Request 5b8d4b5c-1f5e-4f6c-9a64-6e0d0b1a2c3d failed',
  ];
  for (const text of harmless) {
    it(`leaves alone: ${text.slice(0, 60)}…`, () => {
      assert.equal(redact(text), text);
    });
  }

  it('cuts out given secrets wherever they stand, also as part of a URL', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[\w+/]{16,60}$/), fc.string(), (before, secret, after) => {
        const text = `${before}${secret}${after}&${encodeURIComponent(secret)}`;
        return !redact(text, [secret]).includes(secret);
      }),
    );
  });

  const spellings: Readonly<Record<string, (secret: string) => string>> = {
    'in lower case': (secret) => secret.toLowerCase(),
    'in a URL': encodeURIComponent,
    'in a URL, in lower case': (secret) => encodeURIComponent(secret).toLowerCase(),
    'in a URL within a URL': (secret) => encodeURIComponent(encodeURIComponent(secret)),
    'in markup': (secret) => secret.replaceAll('/', '&#x2F;').replaceAll('+', '&#43;'),
    'in JSON within JSON': (secret) => secret.replaceAll('/', '\\/').replaceAll('+', '\\u002b'),
  };
  for (const [how, spell] of Object.entries(spellings)) {
    it(`cuts out a given secret as it is spelled ${how}`, () => {
      const secret = 'short/Secret+1';
      assert.equal(redact(`before ${spell(secret)}, after`, [secret]), 'before [redacted], after');
    });
  }

  it('cuts out the beginning of a given secret at which a text was cut off', () => {
    const secret = 'short/Secret+1';
    assert.equal(redact('the key SHORT/Secr', [secret]), 'the key [redacted]');
    assert.equal(redact('the key was short/', [secret]), 'the key was short/');
  });

  it('cuts out a signature next to anything', () => {
    assert.equal(redact(`x-${SIGNATURE}-`), 'x-[redacted]-');
  });

  it('is quick on long and odd text', () => {
    const text = `${' '.repeat(60_000)}secret`;
    assert.equal(quotable(text, ['secret']), '[redacted]');
    assert.equal(quotable('z'.repeat(65_536)).length, 300);
  });
});
