/** Fuzz target: an error response of the service, which must never reveal a credential. */
import { KinesisVideoError } from '../../src/kinesis-video';
import { errorFromResponse } from '../../src/aws/error-response';
import { fingerprint, type Target } from '../target';

/** What the caller signs with, and what came of it. None of it has ever been anyone's. */
const SECRETS = [
  'AKIAFUZZCANARY000001',
  'FuzzCanary/Secret+Access0Key1wJalrXUtnFEMI',
  'FwoFuzzCanaryToken//aB3+aB3+aB3+aB3+aB3+aB3+aB3+aB3+==',
];
const SIGNATURE = 'fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024';
const MARKS = SECRETS.map((secret) => secret.toLowerCase());
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=${SECRETS[0] ?? ''}/20260101/eu-west-1/kinesisvideo/aws4_request, SignedHeaders=host;x-amz-date, Signature=${SIGNATURE}`;

const DICTIONARY = [
  ...SECRETS,
  ...SECRETS.map(encodeURIComponent),
  ...SECRETS.map((secret) => encodeURIComponent(secret).toLowerCase()),
  ...SECRETS.map((secret) => secret.replaceAll('/', '&#x2F;')),
  ...SECRETS.map((secret) => secret.replaceAll('/', '\\/')),
  SIGNATURE,
  AUTHORIZATION,
  `X-Amz-Security-Token:${SECRETS[2] ?? ''}`,
  `X-Amz-Signature=${SIGNATURE}&`,
  '{"Message":"',
  '{"message":"',
  '"}',
  '{"__type":"a#B","Error":{"Code":"',
  ',"code":"',
  '<?xml version="1.0"?>',
  '<!doctype html><html><title>',
  '</title>',
  '<Error><Code>',
  '</Code><Message>',
  '</Message></Error>',
  '&lt;',
  '&#47;',
  '&#x2F;',
  '\\u0041',
  '\\/',
  '\\n',
  'x-amzn-ErrorType: ',
  'x-amz-RequestId: ',
  'Date: ',
  'The Canonical String for this request should have been ',
  'The request signature we calculated does not match',
  '\n\n',
  '\ufeff',
  '\u00a0',
  '\u0000',
].map((text) => Buffer.from(text));

const SEEDS = [
  '403\nx-amzn-ErrorType: InvalidSignatureException:https://x/\nx-amzn-RequestId: 1-2\n\n{"Message":"no"}',
  `403\nDate: Thu, 01 Jan 2026 00:00:00 GMT\n\n{"message":"The Canonical String for this request should have been 'POST\\n${AUTHORIZATION}'"}`,
  `403\nx-amz-ErrorType: AccessDeniedException\n\n<AccessDeniedException>\n<Message>${SECRETS[1] ?? ''}</Message></AccessDeniedException>`,
  '502\n\n<!DOCTYPE html><html><head><title>502 Bad &amp; Gateway</title></head></html>',
  `400\n\n{"__type":"com.amazon#LimitExceeded","Error":{"Code":"a","Message":"${SECRETS[2] ?? ''}"}}`,
  '429\n\n',
  '503\n\nplain words',
].map((text) => Buffer.from(text));

/** An answer as text: status, headers, an empty line, the body. */
export const errors: Target = {
  name: 'errors',
  maxBytes: 2_000,
  dictionary: DICTIONARY,
  seeds: SEEDS,

  run(input) {
    const text = input.toString('utf8');
    const split = text.indexOf('\n\n');
    const [status = '', ...lines] = (split < 0 ? text : text.slice(0, split)).split('\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), colon % 7 === 6 ? [line.slice(colon + 1)] : line.slice(colon + 1)];
      }),
    );
    const error = errorFromResponse(
      Number.parseInt(status, 10) || 400,
      headers,
      split < 0 ? '' : text.slice(split + 2),
      'GetMedia',
      { stream: { StreamName: 'demo' }, secrets: SECRETS },
    );
    if (!(error instanceof KinesisVideoError)) {
      throw new Error('not an error of the service');
    }
    const { message, ErrorType, RequestId, stack = '' } = error;
    if (
      message.length > 600 ||
      ErrorType.length > 128 ||
      ErrorType === '' ||
      (RequestId ?? '').length > 256
    ) {
      throw new Error(`too long or too short: ${message.length}, ${ErrorType.length}`);
    }
    const shown = [message, ErrorType, error.code, RequestId, stack].join('\n');
    const mark = MARKS.find((secret) => decoded(shown).includes(secret));
    if (mark !== undefined) {
      throw new Error(`a secret is shown in ${where(error, mark)}`);
    }
    if (shown.includes(SIGNATURE)) {
      throw new Error('a signature is shown');
    }
    return fingerprint(`${ErrorType.length >> 3} ${message.includes('[redacted]')} ${RequestId === null}`);
  },
};

function where({ message, ErrorType, RequestId }: KinesisVideoError, mark: string): string {
  const places = { message, ErrorType, RequestId: RequestId ?? '' };
  return Object.entries(places)
    .filter(([, text]) => decoded(text).includes(mark))
    .map(([place]) => place)
    .join(' and ');
}

/** What a person could still make of it. */
function decoded(text: string): string {
  return text
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#x([0-9a-f]{2});/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#(\d{2,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('\\', '')
    .toLowerCase();
}
