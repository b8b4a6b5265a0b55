import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HttpResponseParser } from '../../src/http/http-response-parser';
import { PROPERTY_SEED, cases } from '../../testing/properties';

interface Read {
  readonly statusCode?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
  readonly outcome: string;
}

/**
 * What a response is read as, when it comes in slices of the given lengths and then the connection is closed. All slices
 * come in one buffer, which is filled again and again, as that of a socket is, and has old bytes after the new ones.
 */
function read(response: string | Buffer, lengths: readonly number[] = []): Read {
  const bytes = Buffer.from(response as string, 'latin1');
  const parts: Buffer[] = [];
  const outcomes: string[] = [];
  let head = {};
  const parser = new HttpResponseParser({
    head: (statusCode, headers) => {
      assert.deepEqual(head, {}, 'one head');
      head = { statusCode, headers };
    },
    body: (slice) => {
      assert.notDeepEqual(head, {}, 'a head before the body');
      assert.deepEqual(outcomes, [], 'nothing follows the end');
      parts.push(Buffer.from(slice));
    },
    over: (error) => outcomes.push(error === undefined ? 'end' : String('code' in error && error.code)),
  });
  const buffer = Buffer.alloc(bytes.length + 1, '\n');
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    const copied = bytes.copy(buffer, 0, at, at + length);
    parser.write(buffer, copied);
    at += copied;
  }
  parser.end();
  assert.equal(outcomes.length, 1, 'one outcome');
  return { ...head, body: Buffer.concat(parts).toString('latin1'), outcome: outcomes[0] ?? '' };
}

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join('');
const OK = 'HTTP/1.1 200 OK';
const CHUNKED = lines(OK, 'Transfer-Encoding: chunked', '');

describe(`HttpResponseParser (seed ${PROPERTY_SEED})`, () => {
  const framed: Readonly<Record<string, readonly [response: string, body: string]>> = {
    'a counted body': [`${lines(OK, 'Content-Length: 5', '')}media`, 'media'],
    'a counted body of nothing': [lines(OK, 'Content-Length: 0', ''), ''],
    'no more than is counted': [`${lines(OK, 'Content-Length: 5', '')}mediaHTTP/1.1 200 OK\r\n`, 'media'],
    'a body up to the close': [`${lines(OK, '')}media`, 'media'],
    'a body up to the close, of HTTP/1.0': [`${lines('HTTP/1.0 200 OK', '')}media`, 'media'],
    chunks: [`${CHUNKED}3\r\nmed\r\n2\r\nia\r\n0\r\n\r\n`, 'media'],
    'chunks whose sizes have zeros and capitals': [
      `${CHUNKED}000A\r\n0123456789\r\n00\r\n\r\n`,
      '0123456789',
    ],
    'chunks with extensions': [`${CHUNKED}5;a=b;c="d e"\r\nmedia\r\n0 ; last\r\n\r\n`, 'media'],
    'chunks with trailers': [`${CHUNKED}5\r\nmedia\r\n0\r\nX-Sum: 1\r\nX-More:\r\n\r\n`, 'media'],
    'chunks of data that look like framing': [`${CHUNKED}7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n`, '\r\n0\r\n\r\n'],
    'the answer behind others of 1xx': [
      `${lines('HTTP/1.1 100 Continue', '', 'HTTP/1.1 103 Early Hints', 'Content-Length: 9', '')}${lines(OK, 'Content-Length: 5', '')}media`,
      'media',
    ],
    'an answer without a reason': [`${lines('HTTP/1.1 200', '')}media`, 'media'],
    'no body where there cannot be one': [
      `${lines('HTTP/1.1 204 No Content', 'Content-Length: 5', '')}media`,
      '',
    ],
  };
  for (const [what, [response, body]] of Object.entries(framed)) {
    it(`reads ${what}`, () => {
      const whole = read(response);
      assert.equal(whole.body, body);
      assert.equal(whole.outcome, 'end');
      assert.deepEqual(read(response, new Array<number>(response.length).fill(1)), whole, 'byte by byte');
    });
  }

  it('gives the status and the fields: names in lower case, values without blanks around, repeated ones joined', () => {
    const response = lines(
      'HTTP/1.1 404 Not \xdcber',
      'X-Amzn-RequestId:\t a b ',
      'Via: one',
      '__proto__: x',
      'Empty:',
      'via: two',
      '',
    );
    const { statusCode, headers } = read(response);
    assert.equal(statusCode, 404);
    assert.deepEqual(Object.entries(headers ?? {}), [
      ['x-amzn-requestid', 'a b'],
      ['via', 'one, two'],
      ['__proto__', 'x'],
      ['empty', ''],
    ]);
  });

  const large = 'x'.repeat(33_000);
  const refused: Readonly<Record<string, readonly [response: string, code: string]>> = {
    'what is not HTTP': [lines('<html>', ''), 'HPE_INVALID_CONSTANT'],
    'an answer of HTTP/2': [lines('HTTP/2 200', ''), 'HPE_INVALID_CONSTANT'],
    'a status that is none': [lines('HTTP/1.1 20 OK', ''), 'HPE_INVALID_CONSTANT'],
    'another protocol': [lines('HTTP/1.1 101 Switching Protocols', ''), 'HPE_INVALID_CONSTANT'],
    'a field without a colon': [lines(OK, 'Date', ''), 'HPE_INVALID_HEADER_TOKEN'],
    'a field without a name': [lines(OK, ': x', ''), 'HPE_INVALID_HEADER_TOKEN'],
    'a blank before the colon': [lines(OK, 'Content-Length : 5', ''), 'HPE_INVALID_HEADER_TOKEN'],
    'a folded field': [lines(OK, 'X: a', ' b', ''), 'HPE_INVALID_HEADER_TOKEN'],
    'a control character in a field': [lines(OK, 'X: a\0b', ''), 'HPE_INVALID_HEADER_TOKEN'],
    'a CR within a field': [lines(OK, 'X: a\rContent-Length: 5', ''), 'HPE_INVALID_HEADER_TOKEN'],
    'a line that ends without CR': [`${OK}\nContent-Length: 5\r\n\r\nmedia`, 'HPE_CR_EXPECTED'],
    'two lengths': [lines(OK, 'Content-Length: 5', 'Content-Length: 6', ''), 'HPE_INVALID_CONTENT_LENGTH'],
    'a length told twice alike': [
      lines(OK, 'Content-Length: 5', 'content-length: 5', ''),
      'HPE_INVALID_CONTENT_LENGTH',
    ],
    'a length beside chunks': [
      lines(OK, 'Content-Length: 5', 'Transfer-Encoding: chunked', ''),
      'HPE_INVALID_CONTENT_LENGTH',
    ],
    'a list of lengths': [lines(OK, 'Content-Length: 5, 5', ''), 'HPE_INVALID_CONTENT_LENGTH'],
    'a length below zero': [lines(OK, 'Content-Length: -1', ''), 'HPE_INVALID_CONTENT_LENGTH'],
    'a length in hexadecimal': [lines(OK, 'Content-Length: 0x5', ''), 'HPE_INVALID_CONTENT_LENGTH'],
    'an endless length': [lines(OK, `Content-Length: ${'9'.repeat(20)}`, ''), 'HPE_INVALID_CONTENT_LENGTH'],
    'an unknown coding': [lines(OK, 'Transfer-Encoding: gzip', ''), 'HPE_INVALID_TRANSFER_ENCODING'],
    'a coding below the chunks': [
      lines(OK, 'Transfer-Encoding: gzip, chunked', ''),
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
    'chunks within chunks': [
      lines(OK, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', ''),
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
    'chunks of HTTP/1.0': [
      lines('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked', ''),
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
    'a chunk without a size': [`${CHUNKED}\r\n`, 'HPE_INVALID_CHUNK_SIZE'],
    'a size that is no number': [`${CHUNKED}zz\r\n`, 'HPE_INVALID_CHUNK_SIZE'],
    'a size below zero': [`${CHUNKED}-5\r\n`, 'HPE_INVALID_CHUNK_SIZE'],
    'a size with a blank behind': [`${CHUNKED}5 \r\nmedia`, 'HPE_INVALID_CHUNK_SIZE'],
    'a size beyond all numbers': [`${CHUNKED}${'f'.repeat(14)}\r\n`, 'HPE_INVALID_CHUNK_SIZE'],
    'a chunk longer than its size': [`${CHUNKED}3\r\nmedia\r\n`, 'HPE_HEADER_OVERFLOW'],
    'a chunk that ends without CR': [`${CHUNKED}5\r\nmedia\n0\r\n\r\n`, 'HPE_CR_EXPECTED'],
    'a malformed trailer': [`${CHUNKED}0\r\nX\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
    'a head above 64 KiB': [lines(OK, `A: ${large}`, `B: ${large}`, ''), 'HPE_HEADER_OVERFLOW'],
    'a line without an end': [`${OK}\r\nA: ${large}${large}`, 'HPE_HEADER_OVERFLOW'],
    'answers 1xx without an end': [lines('HTTP/1.1 100 Continue', '').repeat(4000), 'HPE_HEADER_OVERFLOW'],
    'trailers above 64 KiB': [`${CHUNKED}0\r\n${lines(`A: ${large}`, `B: ${large}`)}`, 'HPE_HEADER_OVERFLOW'],
    'a long chunk extension': [`${CHUNKED}5;${'x'.repeat(5000)}\r\n`, 'HPE_HEADER_OVERFLOW'],
    'a close before the head': ['', 'ECONNRESET'],
    'a close within the head': [lines(OK, 'Date: x'), 'ECONNRESET'],
    'a close behind a 1xx': [lines('HTTP/1.1 100 Continue', ''), 'ECONNRESET'],
    'a close within a counted body': [`${lines(OK, 'Content-Length: 6', '')}media`, 'ECONNRESET'],
    'a close within a chunk': [`${CHUNKED}6\r\nmedia`, 'ECONNRESET'],
    'a close before the last chunk': [`${CHUNKED}5\r\nmedia\r\n`, 'ECONNRESET'],
    'a close within the trailers': [`${CHUNKED}0\r\n`, 'ECONNRESET'],
  };
  for (const [what, [response, code]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.equal(read(response).outcome, code);
      assert.equal(read(response, new Array<number>(response.length).fill(1)).outcome, code, 'byte by byte');
    });
  }

  const slicing = fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: 200 })), {
    maxLength: 200,
  });
  const token = fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,12}$/);
  const text = fc.stringMatching(/^(?:[\x21-\x7e](?:[\t\x20-\x7e]{0,20}[\x21-\x7e])?)?$/);

  it('reads what was written, however it is framed and split', () => {
    const field = fc
      .tuple(token, text)
      .filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name));
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
        fc.uniqueArray(field, { maxLength: 8, selector: ([name]) => name.toLowerCase() }),
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.constantFrom('counted', 'chunked', 'to close'),
        fc.nat(3),
        slicing,
        (status, fields, pieces, framing, hints, lengths) => {
          const body = Buffer.concat(pieces);
          const framingField = {
            counted: [`Content-Length: ${body.length}`],
            'to close': [],
            chunked: ['Transfer-Encoding: chunked'],
          };
          const head = lines(
            `HTTP/1.1 ${status} Text`,
            ...fields.map(([name, value]) => `${name}:${value}`),
            ...framingField[framing],
            '',
          );
          const chunks = pieces
            .filter(({ length }) => length > 0)
            .map(
              (piece) => `${piece.length.toString(16)};x=y\r\n${Buffer.from(piece).toString('latin1')}\r\n`,
            );
          const payload =
            framing === 'chunked' ? `${chunks.join('')}0\r\nX: y\r\n\r\n` : body.toString('latin1');
          const got = read(
            lines('HTTP/1.1 103 Hints', 'Link: x', '').repeat(hints) + head + payload,
            lengths,
          );
          assert.equal(got.statusCode, status);
          assert.equal(got.body, body.toString('latin1'));
          assert.equal(got.outcome, 'end');
          for (const [name, value] of fields) {
            assert.equal(got.headers?.[name.toLowerCase()], value);
          }
        },
      ),
      cases(),
    );
  });

  it('reads any bytes the same in whatever slices, and never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.1 100 \r\n',
        'Transfer-Encoding: chunked\r\n',
        '\r\n',
        '5\r\nmedia\r\n',
      ),
      fc.constantFrom('Content-Length: 7\r\n', 'A: b\r\n', '0\r\n', '\n', '\r', ' ', ':', '0', 'ff;', '\0'),
      fc.string({ unit: 'binary', maxLength: 10 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.boolean(), slicing, (pieces, begun, lengths) => {
        const response = (begun ? CHUNKED : '') + pieces.join('');
        assert.deepEqual(read(response, lengths), read(response));
      }),
      cases(400),
    );
  });
});
