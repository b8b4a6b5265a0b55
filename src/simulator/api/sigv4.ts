/**
 * Checks Signature Version 4 as the service does, written from AWS's description alone, with no code of the SDK.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ServiceError } from './service-error';

export interface SimulatorCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where it is set, requests must carry it; where it is not, they must carry none. */
  readonly sessionToken?: string;
}

/** A request as it came in: header names and values in their order, unmerged. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The body comes as a stream, so it is not part of what is signed. */
  readonly streamed?: boolean;
}

export interface SignatureRules {
  readonly credentials: SimulatorCredentials;
  /** Credentials that were valid once: they answer ExpiredTokenException. */
  readonly expired: readonly SimulatorCredentials[];
  /** The service that signatures have to be for. */
  readonly service: string;
  /** Undefined: any region. */
  readonly region: string | undefined;
  /** The service's own time, ms since the epoch. */
  readonly now: number;
  readonly maxSkewMs: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Returns the access key id of a request that is signed rightly.
 *
 * @throws {ServiceError} of the type that AWS gives for what is wrong; never says what would have been right
 */
export function verifySignature(request: SignedRequest, rules: SignatureRules): string {
  const headers = mergeHeaders(request.rawHeaders);
  const authorization = headers.get('authorization');
  if (authorization === undefined) {
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const { accessKeyId, scope, signedHeaders, signature } = parseAuthorization(authorization);
  const timestamp = headers.get('x-amz-date');
  if (timestamp === undefined) {
    throw new ServiceError(
      'IncompleteSignatureException',
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  checkScope(scope, timestamp, rules);
  checkSkew(timestamp, rules);
  const credentials = findCredentials(accessKeyId, headers.get('x-amz-security-token'), rules);
  if (!signedHeaders.includes('host')) {
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const key = [...scope].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`, 'utf8'),
  );
  const given = Buffer.from(signature, 'hex');
  const matches = payloadHashes(request).some((payload) => {
    const canonical = canonicalRequest(request, headers, signedHeaders, payload);
    const expected = hmac(key, [ALGORITHM, timestamp, scope.join('/'), sha256(canonical)].join('\n'));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!matches) {
    throw invalid(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret ' +
        'Access Key and signing method. Consult the service documentation for details.',
    );
  }
  if (rules.expired.includes(credentials)) {
    throw new ServiceError('ExpiredTokenException', 'The security token included in the request is expired');
  }
  return accessKeyId;
}

interface Authorization {
  readonly accessKeyId: string;
  /** Date, region, service, `aws4_request`. */
  readonly scope: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(value: string): Authorization {
  if (!value.startsWith(`${ALGORITHM} `)) {
    throw incomplete(`Unsupported AWS 'algorithm': the Authorization header has to begin with ${ALGORITHM}.`);
  }
  const fields = new Map(
    value
      .slice(ALGORITHM.length)
      .split(',')
      .map((field) => {
        const [name = '', ...rest] = field.trim().split('=');
        return [name, rest.join('=')] as const;
      }),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  if (missing.length > 0) {
    throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '));
  }
  const credential = (fields.get('Credential') ?? '').split('/');
  const scope = credential.slice(-4);
  if (credential.length < 5 || scope[3] !== 'aws4_request') {
    throw incomplete(
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term ending in 'aws4_request'.",
    );
  }
  return {
    accessKeyId: credential.slice(0, -4).join('/'),
    scope,
    signedHeaders: (fields.get('SignedHeaders') ?? '').toLowerCase().split(';'),
    signature: fields.get('Signature') ?? '',
  };
}

function checkScope(scope: readonly string[], timestamp: string, { region, service }: SignatureRules): void {
  const [date = '', scopeRegion = '', scopeService = ''] = scope;
  if (scopeService !== service) {
    throw invalid(`Credential should be scoped to correct service: '${service}'. `);
  }
  if (region !== undefined && scopeRegion !== region) {
    throw invalid(`Credential should be scoped to a valid region, not '${scopeRegion}'. `);
  }
  if (!timestamp.startsWith(date)) {
    throw invalid(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ',
    );
  }
}

function checkSkew(timestamp: string, { now, maxSkewMs }: SignatureRules): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (parts === null) {
    throw incomplete("Date must be in ISO-8601 'basic format'.");
  }
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  const at = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  const minutes = Math.round(maxSkewMs / 60_000);
  if (at < now - maxSkewMs) {
    const limit = basicFormat(now - maxSkewMs);
    throw invalid(
      `Signature expired: ${timestamp} is now earlier than ${limit} (${basicFormat(now)} - ${minutes} min.)`,
    );
  }
  if (at > now + maxSkewMs) {
    const limit = basicFormat(now + maxSkewMs);
    throw invalid(
      `Signature not yet current: ${timestamp} is still later than ${limit} (${basicFormat(now)} + ${minutes} min.)`,
    );
  }
}

function findCredentials(
  accessKeyId: string,
  token: string | undefined,
  { credentials, expired }: SignatureRules,
): SimulatorCredentials {
  const found = [credentials, ...expired].find(
    (known) => known.accessKeyId === accessKeyId && known.sessionToken === token,
  );
  if (found === undefined) {
    throw new ServiceError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  return found;
}

/** What may stand for the body. Producers sign a stream as if it were empty, or say that they do not sign it. */
function payloadHashes({ body, streamed }: SignedRequest): readonly string[] {
  return streamed === true ? [sha256(''), 'UNSIGNED-PAYLOAD'] : [sha256(body)];
}

function canonicalRequest(
  { method, url }: SignedRequest,
  headers: ReadonlyMap<string, string>,
  signedHeaders: readonly string[],
  payload: string,
): string {
  const [path = '/', query = ''] = url.split('?', 2);
  return [
    method,
    path.split('/').map(encode).join('/'),
    query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => (part.includes('=') ? part : `${part}=`))
      .sort()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${headers.get(name) ?? ''}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
}

/** Values of one name are joined by commas in their order; runs of blanks count as one. */
function mergeHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const merged = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = (rawHeaders[index + 1] ?? '').trim().replace(/ +/g, ' ');
    const before = merged.get(name);
    merged.set(name, before === undefined ? value : `${before},${value}`);
  }
  return merged;
}

/** The path is encoded once more than it is sent (only S3 is excepted). */
function encode(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function basicFormat(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidSignatureException', message);
}

function incomplete(message: string): ServiceError {
  return new ServiceError('IncompleteSignatureException', message);
}
