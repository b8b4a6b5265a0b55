import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quotable, redact, withoutGiven } from '../../src/aws/redact';
import { PROPERTY_SEED } from '../../testing/properties';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const TOKEN = `FwoGZXIvYXdzE${'aB3/+'.repeat(40)}==`;
const SIGNATURE = 'fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024';

const asJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const everyByte = (text: string): string =>
  Array.from(Buffer.from(text))
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('');
/** Escapes of a URL undone. */
const plain = (text: string): string => {
  try {
    return decodeURIComponent(text).toLowerCase();
  } catch {
    return text.toLowerCase();
  }
};

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
    'in JSON within JSON within JSON': (secret) => asJson(asJson(secret.replaceAll('/', '\\/'))),
    'over two lines': (secret) => `${secret.slice(0, 7)}\r\n ${secret.slice(7)}`,
    'over two lines in JSON': (secret) => asJson(`${secret.slice(0, 7)}\r\n\t${secret.slice(7)}`),
    'with characters of no width': (secret) =>
      Array.from(secret).join('\u200b').replace('o', 'o\ufeff\u2060\u00ad'),
    'with characters of no width, in a URL': (secret) =>
      encodeURIComponent(Array.from(secret).join('\u200d')),
    'with + for a blank': (secret) => secret.replaceAll(' ', '+'),
    'with a blank for +': (secret) => secret.replaceAll('+', ' '),
    'in a form': (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
    'byte by byte in a URL': everyByte,
    'byte by byte in a URL within a URL': (secret) => encodeURIComponent(everyByte(secret)),
    'byte by byte in a URL, three layers deep': (secret) =>
      encodeURIComponent(encodeURIComponent(everyByte(secret))),
    'byte by byte in JSON': (secret) =>
      Array.from(secret)
        .map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
    'byte by byte in markup': (secret) =>
      Array.from(secret)
        .map((each) => `&#${each.charCodeAt(0)};`)
        .join(''),
    'in markup within markup': (secret) => secret.replaceAll('/', '&amp;#x2F;').replaceAll('+', '&amp;plus;'),
    'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
  };
  for (const [how, spell] of Object.entries(spellings)) {
    it(`cuts out a given secret as it is spelled ${how}`, () => {
      for (const secret of ['short/Secret+1', 'with blanks/and+1 plus', 'é/Größe+1ß']) {
        const spelled = spell(secret);
        assert.equal(redact(`before ${spelled}, after`, [secret]), 'before [redacted], after', spelled);
      }
    });
  }

  for (const encoding of ['base64', 'base64url'] as const) {
    it(`cuts out a given secret in ${encoding}, whatever stands before it there`, () => {
      for (const before of ['', ':', 'u:', 'user:', 'AKIAEXAMPLE:']) {
        const encoded = Buffer.from(`${before}${SECRET}:and more`).toString(encoding);
        const safe = withoutGiven(`Basic ${encoded} was refused`, [SECRET]);
        const left = safe.replaceAll('[redacted]', ' ').split(' ');
        const parts = left
          .filter((part) => encoded.includes(part))
          .map((part) => Buffer.from(part, encoding));
        assert.ok(
          parts.every((part) => !part.toString('latin1').includes(SECRET.slice(0, 4))),
          safe,
        );
        assert.ok(safe.length < encoded.length - 20, safe);
      }
    });
  }

  it('cuts out what is left of a given secret that was cut at either end', () => {
    for (const left of [
      SECRET.slice(0, 9),
      SECRET.slice(-9),
      SECRET.slice(5, 30),
      everyByte(SECRET).slice(6, 45),
    ]) {
      assert.equal(redact(`the key ${left}… is unknown`, [SECRET]), 'the key [redacted]… is unknown', left);
    }
  });

  it('finds a given secret in any spelling, whatever stands around it', () => {
    const all = Object.values(spellings);
    fc.assert(
      fc.property(
        fc.string(),
        fc.stringMatching(/^[!-~]{16,60}$/),
        fc.nat({ max: all.length - 1 }),
        fc.string(),
        (before, secret, spelling, after) => {
          const spelled = all[spelling]?.(secret) ?? secret;
          const safe = redact(`${before} ${spelled} ${after}`, [secret]);
          assert.ok(!safe.includes(spelled.slice(0, 40)) || spelled.length < 8, safe);
          assert.ok(!plain(safe).includes(secret.toLowerCase().slice(2, 12)), safe);
        },
      ),
      { seed: PROPERTY_SEED },
    );
  });

  it('cuts out the beginning of a given secret at which a text was cut off', () => {
    const secret = 'short/Secret+1';
    assert.equal(redact('the key SHORT/Secr', [secret]), 'the key [redacted]');
    assert.equal(redact('the key was short/', [secret]), 'the key was short/');
  });

  for (const [how, spell] of Object.entries(spellings).filter(([name]) => name !== 'in hexadecimal')) {
    it(`cuts out a signature that no one gave as it is spelled ${how}`, () => {
      assert.equal(redact(`is ${spell(SIGNATURE)}, not`), 'is [redacted], not');
    });
  }

  it('cuts out a signature next to anything', () => {
    assert.equal(redact(`x-${SIGNATURE}-`), 'x-[redacted]-');
  });

  it('takes any amount of text in any form', () => {
    const odd = [
      'z',
      ' ',
      '%25',
      '&amp;',
      '\\',
      '\u200b',
      SECRET,
      ': ',
      '%2525252541',
      'signature = ',
      'AKIA',
    ];
    for (const part of odd) {
      const text = part.repeat(60_000 / part.length);
      assert.ok(!redact(text, [SECRET]).includes(SECRET), part);
    }
  });

  it('writes what a terminal would obey, and what hides or reorders text, as escapes', () => {
    assert.equal(
      quotable('no \u001b[2Jstream \u009b31m\u0007\u202emaerts'),
      'no \\u001b[2Jstream \\u009b31m\\u0007\\u202emaerts',
    );
  });

  it('is quick on long and odd text', () => {
    const text = `${' '.repeat(60_000)}secret`;
    assert.equal(quotable(text, ['secret']), '[redacted]');
    assert.equal(quotable('z'.repeat(65_536)).length, 300);
  });
});
